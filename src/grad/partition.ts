/** @file rough partition: keep what the backward reads, redo cheap things. */
import { ancestorsOf, type Graph, type Value } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';

const KEEP = new Set([
  'matmul',
  'softmax',
  'gather',
  'logSumExp',
  'scatterAddRows',
  'scatterAddLast',
  'gatherLast',
]);
export function partition(
  graph: Graph,
  forwardOutputs: readonly string[],
  options: { residuals?: 'minimum' | 'none' } = {},
): { forward: Graph; backward: Graph; residuals: string[] } {
  const fwdOut = Object.fromEntries(forwardOutputs.map((n) => [n, graph.outputs[n] as Value]));
  const bwdOut = Object.entries(graph.outputs).filter(([n]) => !forwardOutputs.includes(n));
  const forwardSet = new Set(ancestorsOf(Object.values(fwdOut)));
  const g = new GraphBuilder(`${graph.name}.backward`);
  const made = new Map<Value, Value>();
  const kept: Value[] = [];
  const rebuild = (v: Value): Value => {
    const m = made.get(v);
    if (m) return m;
    let r: Value;
    if (options.residuals !== 'none' && forwardSet.has(v) && KEEP.has(v.op)) {
      r = g.input(`residual:${kept.length}`, v.dtype, v.shape);
      kept.push(v);
    } else r = g.node(v.op, v.inputs.map(rebuild), v.params as never);
    made.set(v, r);
    return r;
  };
  const backOutputs = Object.fromEntries(bwdOut.map(([n, v]) => [n, rebuild(v)]));
  const residuals = kept.map((_, i) => `residual:${i}`);
  const outputs = { ...fwdOut, ...Object.fromEntries(kept.map((v, i) => [`residual:${i}`, v])) };
  const nodes = ancestorsOf(Object.values(outputs));
  const forward = {
    name: `${graph.name}.forward`,
    nodes,
    outputs,
    inputs: nodes.filter((v) => v.op === 'input') as never,
    weights: nodes.filter((v) => v.op === 'weight') as never,
  };
  return { forward, backward: g.finish(backOutputs), residuals };
}
