/**
 * @file One micro-batch forward and backward, action by action (plan/schedule.ts). Owns the sessions and
 * the memory of what crosses between them; nothing outlives a micro-batch but the gradients it adds up.
 */
import { bindSymbols, floats, type Graph, shapeOf, type SymbolBindings, type Tensor } from '#grad';
import { DROPOUT_PREFIX, dropoutProbability, type Parameters, type Seq2SeqBatch } from '#models';
import type { GraphSession } from '#onnx';
import {
  type Action,
  type BatchShape,
  gradientOf,
  inputName,
  schedule,
  sliceLength,
  type TrainingSegment,
  valueName,
} from '#plan';
import type { Plan } from '#protocol';
import { BufferPool } from './buffer-pool.ts';
import { fillDropoutMask, type MaskKeys } from './dropout-masks.ts';
import { type MemoryGuard, MemoryPressure } from './memory-guard.ts';
import {
  keptSessions,
  passingSessions,
  type ProgramSessions,
  type SessionSources,
} from './program-sessions.ts';
import { addInto, axisOf, cutSlice, pasteSlice } from './slices.ts';
import { SpillFile } from './spill-file.ts';

export interface ProgramOptions extends SessionSources {
  /** the boundary value whose rows the head takes, (B,T,C) */
  readonly headInput: string;
  /** what is trained; fed anew at each run */
  readonly parameters: Parameters;
  /** where values wait under a plan that spills them */
  readonly spillFolder: string;
  /** for programs that work one after the other: what one has let go of serves the next */
  readonly pool?: BufferPool;
  /** true: each session is open only while it runs */
  readonly passing?: boolean;
  /** keeps micro-batches within the memory that is left */
  readonly guard?: MemoryGuard;
  /** Called when the guard has made the program go on under another plan. */
  readonly onAdapt?: (plan: Plan) => void;
}

export interface MicroBatch {
  readonly batch: Seq2SeqBatch;
  /** (B*T) what each target position's loss is multiplied by; 0 where it does not count */
  readonly weights: Float32Array;
  readonly masks: MaskKeys;
}

/** Gradients by parameter; each micro-batch adds its own. */
export type Gradients = ReadonlyMap<string, Float32Array>;

/** Values of the micro-batch under way, by name. */
type Values = Map<string, Tensor>;

/** What a run of one session starts from. */
interface Work {
  readonly graph: Graph;
  readonly session: GraphSession;
  /** outputs that are asked for */
  readonly outputs: readonly string[];
  /** under which name the step keeps what the graph calls otherwise */
  readonly known: (port: string) => string;
}

export class TrainingProgram {
  readonly #options: ProgramOptions;
  readonly #sessions: ProgramSessions;
  readonly #pool: BufferPool;
  #plan: Plan;
  #actions: readonly Action[];
  #spill: SpillFile | undefined;
  /** memory went in the middle of the micro-batch before this one */
  #wasShort = false;

  private constructor(options: ProgramOptions, sessions: ProgramSessions) {
    this.#options = options;
    this.#pool = options.pool ?? new BufferPool();
    this.#sessions = sessions;
    this.#plan = options.plan;
    this.#actions = schedule(options.graphs, options.headInput, options.plan);
  }

  static async open(options: ProgramOptions): Promise<TrainingProgram> {
    const sessions = options.passing ? passingSessions(options) : await keptSessions(options);
    return new TrainingProgram(options, sessions);
  }

  /** From the next micro-batch on; what the sessions were opened with stays as it is. */
  adopt(plan: Plan): void {
    this.#plan = plan;
    this.#actions = schedule(this.#options.graphs, this.#options.headInput, plan);
  }

  async close(): Promise<void> {
    await this.#sessions[Symbol.asyncDispose]();
    this.#spill?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Examples that go through at once, at most: fewer than at first where memory became short. */
  get microBatch(): number {
    return this.#plan.microBatch;
  }

  /** Bytes of the values that cross between sessions: none between two micro-batches. */
  get usedBytes(): number {
    return this.#pool.usedBytes;
  }

  /** Bytes that such values ever took, which stay in memory. */
  get touchedBytes(): number {
    return this.#pool.touchedBytes;
  }

  /**
   * Adds the gradients of the weighted loss to `gradients` and gives that loss.
   *
   * @throws MemoryPressure, with a part of the gradients added: the step begins again
   * @throws OutOfRoom before anything is computed
   */
  async forwardBackward(micro: MicroBatch, gradients: Gradients): Promise<number> {
    const { guard } = this.#options;
    const shape = shapeOfBatch(micro);
    if (guard) this.#fit(guard, shape);
    try {
      return await this.#carryOut(micro, gradients, () =>
        guard?.check(this.#plan, shape, this.#pool.touchedBytes),
      );
    } catch (error) {
      // Under the same plan it would come to that again.
      this.#wasShort = error instanceof MemoryPressure;
      if (this.#wasShort) this.#pool.reset();
      throw error;
    }
  }

  /**
   * Goes on under a plan that fits. Memory that a larger one left is given back first; fewer examples at
   * once cost next to nothing, so they are tried before all else.
   */
  #fit(guard: MemoryGuard, shape: BatchShape): void {
    const wasShort = this.#wasShort;
    this.#wasShort = false;
    if (!wasShort && guard.fits(this.#plan, shape, this.#pool.touchedBytes)) return;
    this.#pool.reset();
    if (!wasShort && guard.fits(this.#plan, shape, 0)) return;
    if (shape.size > 1) {
      this.#adapt({ ...this.#plan, microBatch: Math.ceil(shape.size / 2) });
      throw new MemoryPressure();
    }
    this.#adapt(guard.smallerPlan(this.#plan, shape));
  }

  #adapt(plan: Plan): void {
    this.adopt(plan);
    this.#options.onAdapt?.(plan);
  }

  async #carryOut(micro: MicroBatch, gradients: Gradients, check: () => void): Promise<number> {
    const values: Values = new Map(Object.entries(micro.batch.feeds));
    let loss = 0;
    for (const action of this.#actions) {
      check();
      if (action.kind === 'head')
        loss = await this.#sessions.use('head', ({ forward }) =>
          this.#headInChunks(forward, micro, values, gradients),
        );
      else if (action.kind === 'spill')
        this.#spillFile().write(action.value, values.get(action.value)!);
      else if (action.kind === 'load') this.#load(action.value, values);
      else await this.#segment(action, values, micro, gradients);
      for (const name of action.frees) this.#free(name, values, action.kind === 'spill');
    }
    return loss;
  }

  async #segment(
    { kind, segment, outputs }: Extract<Action, { segment: TrainingSegment }>,
    values: Values,
    micro: MicroBatch,
    gradients: Gradients,
  ): Promise<void> {
    const graph = segment[kind];
    const known = (port: string) => valueName(segment, port);
    const slice = sliceLength(segment, this.#plan);
    const results = await this.#sessions.use(segment, async (sessions) => {
      const session = sessions[kind];
      if (!graph || !session) throw new Error(`internal: ${segment.name} has no ${kind} graph`);
      const work = { graph, session, outputs, known };
      return slice === null
        ? await this.#run(work, values, micro)
        : await this.#runSliced(work, segment.sliceable!, slice, values, micro);
    });
    for (const [port, tensor] of results) {
      if (kind === 'forward') values.set(known(port), tensor);
      else this.#addGradient(port, tensor, values, gradients);
    }
  }

  /** One session's run: its inputs from the values, the parameters and fresh dropout masks. */
  async #run(
    { graph, session, outputs, known }: Work,
    values: ReadonlyMap<string, Tensor>,
    micro: MicroBatch,
    slice?: { readonly symbol: string; readonly from: number },
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
    this.#drawMasks(graph, masks, feeds, symbols, micro.masks, slice);
    const into = this.#allocate(graph, outputs, symbols);
    await session.run(feeds, into);
    for (const name of masks) this.#pool.release(feeds[name]!);
    return Object.entries(into);
  }

  /** The same, `length` elements of the axis that `symbol` stands for at a time. */
  async #runSliced(
    work: Work,
    symbol: string,
    length: number,
    values: ReadonlyMap<string, Tensor>,
    micro: MicroBatch,
  ): Promise<[string, Tensor][]> {
    const { graph, known } = work;
    const inputs = graph.inputs.filter((input) => values.has(known(inputName(input))));
    const whole = Object.fromEntries(
      inputs.map((input) => [inputName(input), values.get(known(inputName(input)))!]),
    );
    const symbols = bindSymbols(inputs, whole);
    const results = this.#allocate(graph, work.outputs, symbols);
    const count = symbols[symbol] ?? 0;
    for (let from = 0; from < count; from += length) {
      const part = { ...symbols, [symbol]: Math.min(length, count - from) };
      const cut: Values = new Map();
      const copies: Tensor[] = [];
      for (const input of inputs) {
        const [name, axis] = [inputName(input), axisOf(input.shape, symbol)];
        if (axis < 0) cut.set(known(name), whole[name]!);
        else {
          const copy = this.#pool.acquire(input.dtype, shapeOf(input.shape, part));
          cutSlice(whole[name]!, axis, from, copy);
          cut.set(known(name), copy);
          copies.push(copy);
        }
      }
      for (const [port, tensor] of await this.#run(work, cut, micro, { symbol, from })) {
        const axis = axisOf(graph.outputs[port]!.shape, symbol);
        const result = results[port]!;
        if (axis >= 0) pasteSlice(result, axis, from, tensor);
        else if (from === 0) result.data.set(tensor.data);
        else addInto(floats(result), tensor);
        this.#pool.release(tensor);
      }
      for (const copy of copies) this.#pool.release(copy);
    }
    return Object.entries(results);
  }

  /** The loss over the target positions that count, `lossChunk` of them at a time. */
  async #headInChunks(
    session: GraphSession,
    micro: MicroBatch,
    values: Values,
    gradients: Gradients,
  ): Promise<number> {
    const { graphs, headInput } = this.#options;
    const { lossChunk } = this.#plan;
    const hidden = values.get(headInput)!; // (B,T,C)
    const [, length = 0, width = 0] = hidden.shape;
    const rows = positionsThatCount(micro.weights);
    const isActive = gradientOf('head.hidden') in graphs.head.outputs;
    const hiddenGradient = isActive ? this.#pool.acquire('f32', hidden.shape) : null;
    hiddenGradient?.data.fill(0);
    let loss = 0;
    for (let at = 0; at < rows.length; at += lossChunk) {
      const chunk = rows.subarray(at, at + lossChunk);
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
        {
          graph: graphs.head,
          session,
          outputs: Object.keys(graphs.head.outputs),
          known: (name) => name,
        },
        inputs,
        { ...micro, masks: { ...micro.masks, examples } },
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
    const before = values.get(name);
    const sum = gradients.get(name.slice(gradientOf('').length)) ?? (before && floats(before));
    if (!sum) {
      values.set(name, tensor);
      return;
    }
    addInto(sum, tensor);
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
    slice: { readonly symbol: string; readonly from: number } | undefined,
  ): void {
    for (const input of graph.inputs) {
      const name = inputName(input);
      if (!names.includes(name)) continue;
      const mask = this.#pool.acquire('f32', shapeOf(input.shape, symbols));
      const cut = slice && { axis: axisOf(input.shape, slice.symbol), from: slice.from };
      fillDropoutMask(floats(mask), mask.shape, name, dropoutProbability(name), keys, cut);
      feeds[name] = mask;
    }
  }

  #allocate(
    graph: Graph,
    ports: readonly string[],
    symbols: SymbolBindings,
  ): Record<string, Tensor> {
    return Object.fromEntries(
      ports.map((port) => {
        const { dtype, shape } = graph.outputs[port]!;
        return [port, this.#pool.acquire(dtype, shapeOf(shape, symbols))];
      }),
    );
  }

  /** A spilled value keeps its shape and loses its memory. */
  #free(name: string, values: Values, spilled: boolean): void {
    const tensor = values.get(name);
    if (!tensor) throw new Error(`internal: '${name}' is freed and not there`);
    this.#pool.release(tensor);
    if (spilled) values.set(name, { ...tensor, data: NO_DATA });
    else values.delete(name);
  }

  #load(name: string, values: Values): void {
    const { dtype, shape } = values.get(name)!;
    const tensor = this.#pool.acquire(dtype, shape);
    this.#spillFile().read(name, tensor);
    values.set(name, tensor);
  }

  #spillFile(): SpillFile {
    return (this.#spill ??= new SpillFile(this.#options.spillFolder));
  }
}

const NO_DATA = new Float32Array(0);

function shapeOfBatch({ batch, weights }: MicroBatch): BatchShape {
  const { feeds, size, sourceLength, targetLength } = batch;
  return {
    size,
    feeds: Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape])),
    positions: positionsThatCount(weights).length,
    tokens: size * (sourceLength + targetLength),
  };
}

/** More target positions than any example has; keeps (example, position) apart in one number. */
const POSITIONS = 2 ** 24;

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
