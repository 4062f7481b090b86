/** @file One session's run: what it is fed, where its results go; whole, or a slice of it at a time. */
import { bindSymbols, floats, type Graph, shapeOf, type SymbolBindings, type Tensor } from '#grad';
import { DROPOUT_PREFIX, dropoutProbability, type Parameters } from '#models';
import type { GraphSession } from '#onnx';
import { inputName } from '#plan';
import type { BufferPool } from './buffer-pool.ts';
import { fillDropoutMask, type MaskKeys } from './dropout-masks.ts';
import { addInto, axisOf, cutSlice, pasteSlice } from './slices.ts';

/** Values of the micro-batch under way, by name. */
export type Values = Map<string, Tensor>;

/** What a run of one session starts from. */
export interface SessionWork {
  readonly graph: Graph;
  readonly session: GraphSession;
  /** outputs that are asked for */
  readonly outputs: readonly string[];
  /** under which name the step keeps what the graph calls otherwise */
  readonly known: (port: string) => string;
}

/** Results by port; their memory is the pool's, and the caller's to give back. */
type Results = [port: string, tensor: Tensor][];

export class SessionRunner {
  readonly #pool: BufferPool;
  readonly #parameters: Parameters;

  /** @param parameters what is trained; fed anew at each run */
  constructor(pool: BufferPool, parameters: Parameters) {
    this.#pool = pool;
    this.#parameters = parameters;
  }

  /** Inputs come from the values, the parameters and fresh dropout masks. */
  async run(
    { graph, session, outputs, known }: SessionWork,
    values: ReadonlyMap<string, Tensor>,
    keys: MaskKeys,
    slice?: Slice,
  ): Promise<Results> {
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
    this.#drawMasks(graph, masks, feeds, symbols, keys, slice);
    const into = this.#allocate(graph, outputs, symbols);
    await session.run(feeds, into);
    for (const name of masks) this.#pool.release(feeds[name]!);
    return Object.entries(into);
  }

  /** The same, `length` elements of the axis that `symbol` stands for at a time. */
  async runSliced(
    work: SessionWork,
    symbol: string,
    length: number,
    values: ReadonlyMap<string, Tensor>,
    keys: MaskKeys,
  ): Promise<Results> {
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
      for (const [port, tensor] of await this.run(work, cut, keys, { symbol, from })) {
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

  #parameterFeeds(graph: Graph): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const weight of graph.weights) {
      const name = inputName(weight);
      const parameter = this.#parameters.get(name);
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
    slice: Slice | undefined,
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
}

/** Which part of an axis a run has: dropout masks are those of the whole. */
interface Slice {
  readonly symbol: string;
  readonly from: number;
}
