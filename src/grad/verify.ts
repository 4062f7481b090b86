/** @file The verifier: what holds for every graph, checked from scratch. Runs after every pass in tests. */
import { sameShape, showShape } from './dim.ts';
import { ancestorsOf, type Graph, openSymbols, type Value, type ValueOf } from './graph.ts';
import { ARITY, type OpName } from './ops.ts';
import { inferShape, type Typed } from './shape-rules.ts';

/** Throws an `internal:` error that names the graph, the node by its place, and what does not hold. */
export function verify(graph: Graph): void {
  const placeOf = new Map(graph.nodes.map((value, place) => [value, place]));
  const broken = (value: Value | null, why: string) => {
    const node = value === null ? '' : ` node %${placeOf.get(value) ?? '?'} = ${value.op}:`;
    return new Error(`internal: graph ${graph.name}:${node} ${why}`);
  };

  if (placeOf.size !== graph.nodes.length) throw broken(null, 'a node is listed twice');
  for (const [value, place] of placeOf) {
    if (!(value.op in ARITY)) throw broken(value, 'no such operation');
    for (const input of value.inputs) {
      const before = placeOf.get(input);
      if (before === undefined) throw broken(value, `its operand ${input.op} is not in the graph`);
      if (before >= place) throw broken(value, `its operand %${before} does not come before it`);
    }
    checkType(value, (why) => broken(value, why));
  }
  checkNames(graph, broken);
  checkLists(graph, broken);

  const open = openSymbols(graph.nodes);
  if (open.size > 0) {
    throw broken(
      null,
      `nothing says what ${[...open].join(', ')} stands for: no input and no concat has it as a length`,
    );
  }
}

type Broken = (value: Value | null, why: string) => Error;

/** Shape, dtype and parameters are what the operation's shape rule says and accepts. */
function checkType(value: Value, broken: (why: string) => Error): void {
  let expected: Typed;
  try {
    expected = typeOf(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace('internal: ', '') : String(cause);
    throw broken(why);
  }
  if (value.dtype !== expected.dtype || !sameShape(value.shape, expected.shape)) {
    throw broken(
      `its rule gives ${expected.dtype}${showShape(expected.shape)}, it says ${value.dtype}${showShape(value.shape)}`,
    );
  }
}

function typeOf<Op extends OpName>({ op, inputs, params }: ValueOf<Op>): Typed {
  return inferShape(op, inputs, params);
}

/** Sources are told apart by name: a trainable weight is fed like an input. */
function checkNames(graph: Graph, broken: Broken): void {
  const names = new Set<string>();
  for (const value of graph.nodes) {
    if (value.op !== 'input' && value.op !== 'weight') continue;
    const { name } = value.params;
    if (name === '') throw broken(value, 'its name is empty');
    if (names.has(name)) throw broken(value, `another source is called ${name} too`);
    names.add(name);
  }
}

/** The lists of inputs, weights and nodes hold what the outputs need, and inputs that bind symbols. */
function checkLists(graph: Graph, broken: Broken): void {
  const { nodes, inputs, weights } = graph;
  const outputs = Object.entries(graph.outputs);
  if (outputs.length === 0) throw broken(null, 'it has no output');
  for (const [name, value] of outputs) {
    if (!nodes.includes(value)) throw broken(null, `output ${name} is not among its nodes`);
  }
  if (
    !sameMembers(
      inputs,
      nodes.filter(({ op }) => op === 'input'),
    )
  ) {
    throw broken(null, 'its inputs are not those among its nodes');
  }
  if (
    !sameMembers(
      weights,
      nodes.filter(({ op }) => op === 'weight'),
    )
  ) {
    throw broken(null, 'its weights are not those among its nodes');
  }
  const needed = new Set(ancestorsOf(Object.values(graph.outputs)));
  const idle = nodes.find((value) => value.op !== 'input' && !needed.has(value));
  if (idle) throw broken(idle, 'no output needs it');
}

function sameMembers(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
