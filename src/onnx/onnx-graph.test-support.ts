/** @file Lowered graphs as text, and the order in which ONNX Runtime runs their nodes: for tests. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { encode, type OnnxGraph } from './onnx-graph.ts';
import { emptyTensor, toOrt } from './tensors.ts';

export type Node = OnnxGraph['nodes'][number];

/** One node a line: results = operator(operands) attributes. */
export function text({ nodes, inputs, outputs }: OnnxGraph): string {
  const lines = nodes.map((node) => {
    const attributes = Object.entries(node.attributes ?? {}).map(
      ([name, value]) => ` ${name}=${Object.values(value).join()}`,
    );
    return `${node.outputs.join()} = ${node.op}(${node.inputs.join(', ')})${attributes.join('')}`;
  });
  const ports = [inputs, outputs].map((side) =>
    side.map(({ name, type, shape }) => `${name} ${type}[${shape?.join()}]`).join(', '),
  );
  return [ports[0], ...lines, ports[1]].join('\n');
}

/** The nodes of a graph in the order in which ONNX Runtime ran them; see namesOfRun. */
export async function ranInOrder(
  onnx: OnnxGraph,
  length: number,
  weights: string | null = null,
): Promise<Node[]> {
  const names = await namesOfRun(onnx, length, weights);
  return names.flatMap((name) => onnx.nodes.filter((node) => node.name === name));
}

/**
 * Names of nodes in the order in which ONNX Runtime ran them, by its own profile; inputs are zeros, their
 * symbolic lengths all `length`. `weights`: below which the weights' files lie.
 */
export async function namesOfRun(
  onnx: OnnxGraph,
  length: number,
  weights: string | null = null,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-profile-'));
  const session = await InferenceSession.create(encode(onnx), {
    graphOptimizationLevel: 'disabled',
    enableProfiling: true,
    profileFilePrefix: join(folder, 'run'),
    extra: {
      session: {
        disable_prepacking: '1',
        ...(weights !== null && { model_external_initializers_file_folder_path: weights }),
      },
    },
  });
  const feeds = onnx.inputs.map(({ name, type, shape }) => {
    const lengths = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : length));
    return [name, toOrt(emptyTensor(type === 'i32' || type === 'bool' ? type : 'f32', lengths))];
  });
  await session.run(Object.fromEntries(feeds));
  session.endProfiling();
  await session.release();
  const profile = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
  rmSync(folder, { recursive: true });
  // An event of a node is called <node>_kernel_time; no other names end so.
  return [...profile.matchAll(/"name"\s*:\s*"([^"]*)_kernel_time"/g)].map(([, name = '']) => name);
}
