/**
 * @file The head of a micro-batch: its loss over the target positions that count, so many at a time that
 * never all their logits exist.
 */
import { floats, type Graph, type Tensor } from '#grad';
import type { GraphSession } from '#onnx';
import { gradientOf } from '#plan';
import type { BufferPool } from './buffer-pool.ts';
import { type MicroBatch, positionsThatCount } from './micro-batch.ts';
import type { SessionRunner, Values } from './session-runner.ts';

export interface Head {
  readonly graph: Graph;
  readonly session: GraphSession;
  /** positions at once */
  readonly lossChunk: number;
  readonly runner: SessionRunner;
  readonly pool: BufferPool;
}

export interface HeadResult {
  readonly loss: number;
  /** (B,T,C) of the loss by the head's input; null where nothing before the head is trained */
  readonly hiddenGradient: Tensor | null;
}

/**
 * @param hidden (B,T,C) the head's input
 * @param addGradient takes over what the head finds for a parameter
 */
export async function headInChunks(
  { graph, session, lossChunk, runner, pool }: Head,
  micro: MicroBatch,
  hidden: Tensor,
  addGradient: (name: string, tensor: Tensor) => void,
): Promise<HeadResult> {
  const [, length = 0, width = 0] = hidden.shape;
  const rows = positionsThatCount(micro.weights);
  const isActive = HIDDEN_GRADIENT in graph.outputs;
  const hiddenGradient = isActive ? pool.acquire('f32', hidden.shape) : null;
  hiddenGradient?.data.fill(0);
  let loss = 0;
  for (let at = 0; at < rows.length; at += lossChunk) {
    const chunk = rows.subarray(at, at + lossChunk);
    const input = pool.acquire('f32', [chunk.length, width]);
    copyRows(hidden, chunk, input, width);
    const inputs: Values = new Map([
      ['head.hidden', input],
      ['head.labels', labelsOf(chunk, micro.batch.labels)],
      ['head.weights', weightsOf(chunk, micro.weights)],
    ]);
    // A row of the chunk is one position of one example, and its dropout mask is that position's.
    const examples = Array.from(chunk, (row) => {
      const example = micro.masks.examples[Math.floor(row / length)] ?? 0;
      return example * POSITIONS + (row % length);
    });
    const results = await runner.run(
      { graph, session, outputs: Object.keys(graph.outputs), known: (name) => name },
      inputs,
      { ...micro.masks, examples },
    );
    for (const [name, tensor] of results) {
      if (name === 'loss') loss += tensor.data[0] ?? Number.NaN;
      else if (name === HIDDEN_GRADIENT) spreadRows(tensor, chunk, hiddenGradient!, width);
      else {
        addGradient(name, tensor);
        continue;
      }
      pool.release(tensor);
    }
    pool.release(input);
  }
  return { loss, hiddenGradient };
}

const HIDDEN_GRADIENT = gradientOf('head.hidden');
/** More target positions than any example has; keeps (example, position) apart in one number. */
const POSITIONS = 2 ** 24;

function copyRows(from: Tensor, rows: Uint32Array, to: Tensor, width: number): void {
  const source = floats(from);
  rows.forEach((row, i) =>
    floats(to).set(source.subarray(row * width, (row + 1) * width), i * width),
  );
}

function spreadRows(from: Tensor, rows: Uint32Array, to: Tensor, width: number): void {
  const source = floats(from);
  rows.forEach((row, i) =>
    floats(to).set(source.subarray(i * width, (i + 1) * width), row * width),
  );
}

function labelsOf(rows: Uint32Array, labels: Int32Array): Tensor {
  const data = Int32Array.from(rows, (row) => labels[row] ?? 0);
  return { dtype: 'i32', shape: [rows.length], data };
}

function weightsOf(rows: Uint32Array, weights: Float32Array): Tensor {
  const data = Float32Array.from(rows, (row) => weights[row] ?? 0);
  return { dtype: 'f32', shape: [rows.length, 1], data };
}
