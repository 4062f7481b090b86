/**
 * @file What a micro-batch takes: the schedule's actions carried out on addresses instead of memory, as
 * train/training-program.ts carries them out for real. Exact for what is ours; what a session holds
 * while it runs comes from session-memory.ts.
 */
import type { WeightStorage } from '#base';
import { bindSymbols, type Graph, shapeOf, type SymbolBindings } from '#grad';
import { DROPOUT_PREFIX } from '#models';
import type { Plan } from '#protocol';
import { AddressSpace, type Place } from './address-space.ts';
import { gradientOf, inputName, type TrainingGraphs } from './derive-segments.ts';
import { type Action, schedule, sliceLength, valueName } from './schedule.ts';
import { sessionMemory } from './session-memory.ts';

/** A batch as far as memory goes: the shapes of its feeds, and how many positions have a loss. */
export interface BatchShape {
  /** examples */
  readonly size: number;
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  readonly positions: number;
  /** source and target positions, padding included */
  readonly tokens: number;
}

/** Memory during one action. */
export interface Moment {
  /** `forward encoder.block.0`, `head`, ... */
  readonly label: string;
  readonly kind: Action['kind'];
  /** bytes of values that cross between sessions, in use */
  readonly values: number;
  /** bytes that a session holds at most meanwhile */
  readonly session: number;
}

export interface StepMemory {
  readonly batch: BatchShape;
  readonly moments: readonly Moment[];
  /** bytes of values that were ever in use: they stay the trainer's */
  readonly touched: number;
  /** the most that a session held, and when */
  readonly session: Moment;
}

export interface Subject {
  readonly graphs: TrainingGraphs;
  /** the boundary value whose rows the head takes */
  readonly headInput: string;
  readonly storageOf: (weight: string) => WeightStorage;
  readonly trainable: (weight: string) => boolean;
}

export type StepPlan = Pick<
  Plan,
  'recompute' | 'spill' | 'lossChunk' | 'headsAtOnce' | 'rowsAtOnce'
>;

/** Remembers what a session takes: blocks are alike, and plans differ in few of them. */
export type SessionCache = Map<string, number>;

export function stepMemory(
  subject: Subject,
  plan: StepPlan,
  batch: BatchShape,
  cache: SessionCache = new Map(),
): StepMemory {
  return new Walk(subject, plan, batch, cache).whole();
}

/** The same for blocks of a stack, which differ in names alone. */
export function likeness({ name, nodes }: Graph): string {
  return `${name.replace(/\d+/, '#')} ${nodes.length}`;
}

class Walk {
  readonly #subject: Subject;
  readonly #plan: StepPlan;
  readonly #batch: BatchShape;
  readonly #cache: SessionCache;
  readonly #space = new AddressSpace();
  readonly #shapes: Map<string, readonly number[]>;
  readonly #places = new Map<string, Place>();
  readonly #moments: Moment[] = [];

  constructor(subject: Subject, plan: StepPlan, batch: BatchShape, cache: SessionCache) {
    this.#subject = subject;
    this.#plan = plan;
    this.#batch = batch;
    this.#cache = cache;
    this.#shapes = new Map(Object.entries(batch.feeds));
  }

  whole(): StepMemory {
    const { graphs, headInput } = this.#subject;
    for (const action of schedule(graphs, headInput, this.#plan)) {
      if (action.kind === 'head') this.#head(action.kind);
      else if (action.kind === 'load') this.#place(action.value, this.#shapes.get(action.value)!);
      else if (action.kind !== 'spill') this.#segment(action);
      for (const name of action.frees) {
        this.#space.release(this.#places.get(name)!);
        this.#places.delete(name);
      }
    }
    const session = this.#moments.reduce((most, each) =>
      each.session > most.session ? each : most,
    );
    return {
      batch: this.#batch,
      moments: this.#moments,
      touched: this.#space.touchedBytes,
      session,
    };
  }

  #segment({ kind, segment, outputs }: Extract<Action, { outputs: readonly string[] }>): void {
    const graph = segment[kind]!;
    const known = (port: string) => valueName(segment, port);
    const inputs = graph.inputs.filter((input) => this.#shapes.has(known(inputName(input))));
    const shapes = Object.fromEntries(
      inputs.map((input) => [
        inputName(input),
        { shape: this.#shapes.get(known(inputName(input)))! },
      ]),
    );
    const symbols = bindSymbols(inputs, shapes);
    const label = `${kind} ${segment.name}`;
    const length = sliceLength(segment, this.#plan);
    const results =
      length === null
        ? this.#run(label, kind, graph, symbols, outputs)
        : this.#runSliced(label, kind, graph, symbols, outputs, segment.sliceable!, length);
    for (const [port, place] of results) {
      this.#keep(kind === 'forward' ? known(port) : port, place, () =>
        shapeOf(graph.outputs[port]!.shape, symbols),
      );
    }
  }

  /** Masks, then results, as the trainer takes them; the masks go right after. */
  #run(
    label: string,
    kind: Action['kind'],
    graph: Graph,
    symbols: SymbolBindings,
    outputs: readonly string[],
  ): [string, Place][] {
    const masks = graph.inputs
      .filter((input) => inputName(input).startsWith(DROPOUT_PREFIX))
      .map(({ shape }) => this.#acquire(shapeOf(shape, symbols)));
    const results = outputs.map((port): [string, Place] => [
      port,
      this.#acquire(shapeOf(graph.outputs[port]!.shape, symbols)),
    ]);
    const session = this.#session(graph, symbols, outputs);
    this.#moments.push({ label, kind, values: this.#space.usedBytes, session });
    for (const mask of masks) this.#space.release(mask);
    return results;
  }

  /** The first slice is as large as any; its inputs are copied out, its results copied in. */
  #runSliced(
    label: string,
    kind: Action['kind'],
    graph: Graph,
    symbols: SymbolBindings,
    outputs: readonly string[],
    symbol: string,
    length: number,
  ): [string, Place][] {
    const whole = outputs.map((port): [string, Place] => [
      port,
      this.#acquire(shapeOf(graph.outputs[port]!.shape, symbols)),
    ]);
    const part = { ...symbols, [symbol]: Math.min(length, symbols[symbol] ?? 0) };
    const copies = graph.inputs
      .filter(
        (input) => input.shape.includes(symbol) && !inputName(input).startsWith(DROPOUT_PREFIX),
      )
      .map(({ shape }) => this.#acquire(shapeOf(shape, part)));
    const results = this.#run(label, kind, graph, part, outputs);
    for (const place of [...results.map(([, each]) => each), ...copies]) this.#space.release(place);
    return whole;
  }

  /** One chunk stands for all: the first, which is as large as any. */
  #head(kind: Action['kind']): void {
    const { graphs, headInput } = this.#subject;
    const hidden = this.#shapes.get(headInput)!; // (B,T,C)
    const gradient = gradientOf('head.hidden');
    const whole = gradient in graphs.head.outputs ? this.#acquire(hidden) : null;
    const rows = Math.min(this.#plan.lossChunk, this.#batch.positions);
    const input = this.#acquire([rows, hidden.at(-1)!]);
    const outputs = Object.keys(graphs.head.outputs);
    const results = this.#run('head', kind, graphs.head, { N: rows }, outputs);
    for (const [, place] of results) this.#space.release(place);
    this.#space.release(input);
    if (whole) this.#keep(gradientOf(headInput), whole, () => hidden);
  }

  /** What becomes of a result: a value of its own, or added to what there is. */
  #keep(name: string, place: Place, shape: () => readonly number[]): void {
    const isParameter = this.#subject.trainable(name.slice(gradientOf('').length));
    if (isParameter || (name.startsWith(gradientOf('')) && this.#places.has(name))) {
      this.#space.release(place);
      return;
    }
    this.#places.set(name, place);
    this.#shapes.set(name, shape());
  }

  #place(name: string, shape: readonly number[]): void {
    this.#places.set(name, this.#acquire(shape));
  }

  #acquire(shape: readonly number[]): Place {
    return this.#space.acquire(4 * shape.reduce((a, b) => a * b, 1));
  }

  #session(graph: Graph, lengths: SymbolBindings, outputs: readonly string[]): number {
    const { storageOf } = this.#subject;
    const key = `${likeness(graph)} ${outputs.length} ${JSON.stringify(lengths)}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const { peakBytes } = sessionMemory(graph, lengths, { storageOf, outputs });
    this.#cache.set(key, peakBytes);
    return peakBytes;
  }
}
