/**
 * @file One micro-batch forward and backward, segment by segment. Owns the sessions and the memory
 * of what crosses between them; nothing outlives a step but the gradients it adds up.
 */
import { bindSymbols, floats, type Graph, shapeOf, type SymbolBindings, type Tensor } from '#grad';
import { DROPOUT_PREFIX, dropoutProbability, type Parameters, type Seq2SeqBatch } from '#models';
import { type GraphSession, openPair, openSession, type WeightLocation } from '#onnx';
import type { Plan } from '#protocol';
import { BufferPool } from './buffer-pool.ts';
import {
  gradientOf,
  inputName,
  residualOf,
  type TrainingGraphs,
  type TrainingSegment,
} from './derive-segments.ts';
import { fillDropoutMask, type MaskKeys } from './dropout-masks.ts';
import { planReleases, type Releases } from './lifetimes.ts';

export interface ProgramOptions {
  readonly graphs: TrainingGraphs;
  /** the boundary value whose rows the head takes, (B,T,C) */
  readonly headInput: string;
  readonly plan: Plan;
  /** what is trained; fed anew at each run */
  readonly parameters: Parameters;
  readonly bind: (weight: string) => WeightLocation | 'fed';
}

export interface MicroBatch {
  readonly batch: Seq2SeqBatch;
  /** (B*T) what each target position's loss is multiplied by; 0 where it does not count */
  readonly weights: Float32Array;
  readonly masks: MaskKeys;
}

/** Gradients by parameter; each micro-batch adds its own. */
export type Gradients = ReadonlyMap<string, Float32Array>;

interface OpenSegment extends TrainingSegment {
  readonly forwardSession: GraphSession;
  readonly backwardSession: GraphSession | null;
}

/** Values of the step under way, by name. */
type Values = Map<string, Tensor>;

export class TrainingProgram {
  readonly #options: ProgramOptions;
  readonly #segments: readonly OpenSegment[];
  readonly #head: GraphSession;
  readonly #releases: Releases;
  readonly #pool = new BufferPool();

  private constructor(
    options: ProgramOptions,
    segments: readonly OpenSegment[],
    head: GraphSession,
  ) {
    this.#options = options;
    this.#segments = segments;
    this.#head = head;
    this.#releases = planReleases(options.graphs, options.headInput);
  }

  static async open(options: ProgramOptions): Promise<TrainingProgram> {
    const { graphs, plan, bind } = options;
    const segments: OpenSegment[] = [];
    for (const segment of graphs.segments) {
      const { forward, backward } = segment;
      const [forwardSession, backwardSession] = backward
        ? await openPair([forward, backward], bind, plan)
        : [await openSession(forward, bind, plan), null];
      segments.push({ ...segment, forwardSession, backwardSession });
    }
    return new TrainingProgram(options, segments, await openSession(graphs.head, bind, plan));
  }

  async close(): Promise<void> {
    for (const segment of this.#segments) {
      await segment.forwardSession.close();
      await segment.backwardSession?.close();
    }
    await this.#head.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Bytes of the values that cross between sessions: none between two micro-batches. */
  get usedBytes(): number {
    return this.#pool.usedBytes;
  }

  /** Adds the gradients of the weighted loss to `gradients` and gives that loss. */
  async forwardBackward(micro: MicroBatch, gradients: Gradients): Promise<number> {
    const values: Values = new Map(Object.entries(micro.batch.feeds));
    for (const [at, segment] of this.#segments.entries()) {
      const { forward, forwardSession } = segment;
      const known = keysOf(segment);
      const outputs = await this.#run(forward, forwardSession, values, micro, known);
      for (const [name, tensor] of outputs) values.set(known(name), tensor);
      this.#release(values, this.#releases.afterForward[at]);
    }
    const loss = await this.#headInChunks(micro, values, gradients);
    this.#release(values, this.#releases.afterHead);
    for (let at = this.#segments.length - 1; at >= 0; at--) {
      const segment = this.#segments[at]!;
      const { backward, backwardSession } = segment;
      if (backward && backwardSession) {
        const outputs = await this.#run(backward, backwardSession, values, micro, keysOf(segment));
        for (const [name, tensor] of outputs) this.#addGradient(name, tensor, values, gradients);
      }
      this.#release(values, this.#releases.afterBackward[at]);
    }
    return loss;
  }

  /**
   * One session's run: its inputs from the values, the parameters and fresh dropout masks. `known`
   * tells under which name the step keeps what the graph calls otherwise.
   */
  async #run(
    graph: Graph,
    session: GraphSession,
    values: ReadonlyMap<string, Tensor>,
    micro: MicroBatch,
    known: (name: string) => string,
  ): Promise<[string, Tensor][]> {
    const feeds = this.#parameterFeeds(graph);
    const masks: string[] = [];
    for (const input of graph.inputs) {
      const name = inputName(input);
      const value = values.get(known(name));
      if (value) feeds[name] = value;
      else if (name.startsWith(DROPOUT_PREFIX)) masks.push(name);
      else throw new Error(`internal: ${graph.name} needs '${name}', which no segment has made`);
    }
    const symbols = bindSymbols(graph.inputs, feeds, { partial: masks.length > 0 });
    this.#drawMasks(graph, masks, feeds, symbols, micro.masks);
    const into = this.#allocate(graph, symbols);
    await session.run(feeds, into);
    for (const name of masks) this.#pool.release(feeds[name]!);
    return Object.entries(into);
  }

  /** The loss over the target positions that count, `lossChunk` of them at a time. */
  async #headInChunks(micro: MicroBatch, values: Values, gradients: Gradients): Promise<number> {
    const { graphs, headInput, plan } = this.#options;
    const hidden = values.get(headInput)!; // (B,T,C)
    const [, length = 0, width = 0] = hidden.shape;
    const rows = positionsThatCount(micro.weights);
    const isActive = gradientOf('head.hidden') in graphs.head.outputs;
    const hiddenGradient = isActive ? this.#pool.acquire('f32', hidden.shape) : null;
    hiddenGradient?.data.fill(0);
    let loss = 0;
    for (let at = 0; at < rows.length; at += plan.lossChunk) {
      const chunk = rows.subarray(at, at + plan.lossChunk);
      const input = this.#pool.acquire('f32', [chunk.length, width]);
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
      const outputs = await this.#run(
        graphs.head,
        this.#head,
        inputs,
        { ...micro, masks: { ...micro.masks, examples } },
        (name) => name,
      );
      for (const [name, tensor] of outputs) {
        if (name === 'loss') loss += tensor.data[0] ?? Number.NaN;
        else if (name === gradientOf('head.hidden')) {
          spreadRows(tensor, chunk, hiddenGradient!, width);
        } else {
          this.#addGradient(name, tensor, values, gradients);
          continue;
        }
        this.#pool.release(tensor);
      }
      this.#pool.release(input);
    }
    if (hiddenGradient) values.set(gradientOf(headInput), hiddenGradient);
    return loss;
  }

  /** Takes a gradient over: into a parameter's sum, or into the boundary value's. */
  #addGradient(name: string, tensor: Tensor, values: Values, gradients: Gradients): void {
    const sum = gradients.get(name.slice(gradientOf('').length)) ?? values.get(name)?.data;
    if (!sum) {
      values.set(name, tensor);
      return;
    }
    const { data } = tensor;
    for (let i = 0; i < data.length; i++) sum[i] = sum[i]! + data[i]!;
    this.#pool.release(tensor);
  }

  #parameterFeeds(graph: Graph): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const weight of graph.weights) {
      const name = inputName(weight);
      const parameter = this.#options.parameters.get(name);
      if (parameter) feeds[name] = { dtype: 'f32', ...parameter };
    }
    return feeds;
  }

  #drawMasks(
    graph: Graph,
    names: readonly string[],
    feeds: Record<string, Tensor>,
    symbols: SymbolBindings,
    keys: MaskKeys,
  ): void {
    for (const input of graph.inputs) {
      const name = inputName(input);
      if (!names.includes(name)) continue;
      const mask = this.#pool.acquire('f32', shapeOf(input.shape, symbols));
      const probability = dropoutProbability(name);
      fillDropoutMask(floats(mask), mask.shape, name, probability, keys);
      feeds[name] = mask;
    }
  }

  #allocate(graph: Graph, symbols: SymbolBindings): Record<string, Tensor> {
    return Object.fromEntries(
      Object.entries(graph.outputs).map(([name, value]) => [
        name,
        this.#pool.acquire(value.dtype, shapeOf(value.shape, symbols)),
      ]),
    );
  }

  #release(values: Values, names: readonly string[] | undefined): void {
    for (const name of names ?? []) {
      const tensor = values.get(name);
      if (tensor) this.#pool.release(tensor);
      values.delete(name);
    }
  }
}

/** More target positions than any example has; keeps (example, position) apart in one number. */
const POSITIONS = 2 ** 24;

function keysOf({ name: segment, residuals }: TrainingSegment): (name: string) => string {
  return (name) => (residuals.includes(name) ? residualOf(segment, name) : name);
}

function positionsThatCount(weights: Float32Array): Uint32Array {
  const rows = new Uint32Array(weights.length);
  let count = 0;
  weights.forEach((weight, row) => {
    if (weight !== 0) rows[count++] = row;
  });
  return rows.subarray(0, count);
}

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
