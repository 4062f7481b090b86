/** @file A lowered graph opened in ONNX Runtime: open, run, close. */
import { env, InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import { bindGraph, shapeOf, type Graph, type Tensor } from '#grad';
import { joinGraphs, RUNS_FIRST } from './join-graphs.ts';
import { lower, outputPortName, type FedValue, type WeightBinding } from './lower.ts';
import { encode, type OnnxGraph } from './onnx-graph.ts';
import { checkTensor, emptyTensor, toOrt } from './tensors.ts';
import { withStop, isStop, stopBefore } from './uncopied-results.ts';

/** How a session computes: the planner's knobs. None of them changes a result by more than rounding. */
export interface SessionOptions {
  /** Threads inside an operator, the calling one among them. */
  readonly threads: number;
  /** Keep freed memory for the next run instead of giving it back. */
  readonly arena: boolean;
  /** Learn the sizes of a run and allocate them as one block in the next one of the same shapes. */
  readonly memoryPattern: boolean;
  /** Copy weights into the layout that matrix products like best: faster for few rows, but in memory. */
  readonly prepacking: boolean;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** ONNX Runtime's errors are thrown; printed as well they would come twice. */
const FATAL_ONLY = 4;
env.logLevel = 'fatal';

/**
 * Lowers the graph and opens it. Weights that `bind` places in a file are mapped, not read; those
 * that are 'fed' become feeds of `run` under their own names.
 */
export async function openSession(
  graph: Graph,
  bind: (weightName: string) => WeightBinding,
  options: SessionOptions,
): Promise<GraphSession> {
  const { onnx, folder, feeds } = lower(graph, bind);
  const session = await create(onnx, folder, options);
  return new GraphSession(graph, feeds, { session, portOf: outputPortName, rest: {} });
}

/**
 * Opens two graphs that share weights as one session, which takes half of the memory of two; see
 * join-graphs.ts. The session ends when both are closed.
 */
export async function openPair(
  graphs: readonly [Graph, Graph],
  bind: (weightName: string) => WeightBinding,
  options: SessionOptions,
): Promise<[GraphSession, GraphSession]> {
  const [first, second] = [lower(graphs[0], bind), lower(graphs[1], bind)];
  const folder = first.folder ?? second.folder;
  const { onnx, placeOf } = joinGraphs(graphs[0].name, first.onnx, second.onnx);
  const session = await create(onnx, folder, options);
  let open = 2;
  const shared = {
    run: session.run.bind(session),
    async release() {
      if (--open === 0) await session.release();
    },
  };
  const half = (which: 0 | 1): GraphSession => {
    const [own, other] = which === 0 ? [first, second] : [second, first];
    const names = Object.keys(graphs[which].outputs);
    const ownFeeds = new Set(own.feeds.map((value) => value.params.name));
    const foreign = other.feeds.filter((value) => !ownFeeds.has(value.params.name));
    return new GraphSession(graphs[which], own.feeds, {
      session: shared,
      portOf: (output) => placeOf(names.indexOf(output)),
      rest: {
        ...Object.fromEntries(foreign.map((value) => [value.params.name, smallest(value)])),
        [RUNS_FIRST]: toOrt({ dtype: 'bool', shape: [1], data: Uint8Array.of(1 - which) }),
      },
    });
  };
  return [half(0), half(1)];
}

/** A feed that says nothing, for an input that only the other graph reads. */
function smallest({ dtype, shape }: FedValue): OrtTensor {
  return toOrt(
    emptyTensor(
      dtype,
      shape.map((dim) => (typeof dim === 'number' ? dim : 0)),
    ),
  );
}

async function create(
  onnx: OnnxGraph,
  folder: string | null,
  options: SessionOptions,
): Promise<InferenceSession> {
  return InferenceSession.create(
    encode(withStop(onnx)),
    ortOptions(onnx.name, folder, options),
  ).catch((cause: unknown) => {
    throw ortError(`could not open graph ${onnx.name}`, cause);
  });
}

/**
 * Measured with onnxruntime-node 1.30.0 on 2 cores, 36 sessions run one after another, each a
 * transformer block of T5-small's size forward and backward:
 *
 * - A session costs 0.7 MiB of anonymous memory and 4 to 6 ms to lower and open, the first 40.
 * - Every session has a thread pool, and after a run its idle threads spin on the cores that the next
 *   session needs. Without spinning a step took half of the processor time at 384 tokens (15 s
 *   against 32) and a fifth at 24 (2.3 s against 12), and a third of the time at 24 (5.6 ms a block
 *   against 18 and more). force_spinning_stop: 25 s and 5.4 s. One pool for all
 *   (use_per_session_threads 0) is refused: Node's environment has none.
 * - A thread that never spins has to be woken for nearly each kernel, and the first waits for it: see SPIN_US.
 * - Graph optimizations bring nothing here (7.4 s disabled, 7.5 to 8.1 at the other levels), but
 *   constant folding would cast 16-bit weights at load time and keep them as float32 in memory.
 * - An arena with memory pattern takes no less processor time (2.3 s against 2.1) and keeps
 *   each session's peak, 58 MiB a session at 384 tokens.
 */
function ortOptions(
  name: string,
  folder: string | null,
  options: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    logId: name,
    logSeverityLevel: FATAL_ONLY,
    executionMode: 'sequential',
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    enableCpuMemArena: options.arena,
    enableMemPattern: options.memoryPattern,
    graphOptimizationLevel: 'disabled',
    // The typings say that only the web heeds `extra`; the Node binding does too (1.30).
    extra: {
      session: {
        // A softmax over a large vocabulary is full of denormals, and each costs a hundred times a
        // normal number in what follows: flan-t5-small with random weights ran 3.5 times slower.
        set_denormal_as_zero: '1',
        disable_prepacking: options.prepacking ? '0' : '1',
        intra_op: { allow_spinning: '1', spin_duration_us: String(SPIN_US) },
        ...(folder === null ? {} : { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
}

/**
 * How long a thread waits for its part of the next kernel before it sleeps: longer than most gaps within a
 * run, too short to be in the way of the next session. flan-t5-small, 384/384 tokens, 2 threads: the second
 * was woken 1,950 times a step instead of 5,100, and the step took 0.94 of the time (0.90 at 24/64) and 0.95
 * of the processor time. 100 and 200 took more of both. (Medians, before other work on 2 busy cores.)
 */
const SPIN_US = 50;

/** What a graph runs in. */
interface Host {
  readonly session: Pick<InferenceSession, 'run' | 'release'>;
  /** under which name the session has one of the graph's outputs */
  readonly portOf: (output: string) => string;
  /** what the session has to be fed beside the graph's own feeds */
  readonly rest: Readonly<Record<string, OrtTensor>>;
}

/** One graph, open in ONNX Runtime. A run blocks the thread; `close` gives the memory back. */
export class GraphSession {
  readonly #graph: Graph;
  readonly #feeds: ReadonlyMap<string, FedValue>;
  #host: Host | null;

  /** @internal Use openSession or openPair. */
  constructor(graph: Graph, feeds: readonly FedValue[], host: Host) {
    this.#graph = graph;
    this.#feeds = new Map(feeds.map((value) => [value.params.name, value]));
    this.#host = host;
  }

  /**
   * Gives the outputs named in `into`, written there, in place; without it all of them, new. Feeds are
   * not copied. Throws `internal:` errors for feeds that are not what the graph declares.
   */
  async run(feeds: Tensors, into?: Tensors): Promise<Record<string, Tensor>> {
    const host = this.#host;
    if (host === null) throw new Error(`internal: graph ${this.#graph.name} is closed already`);
    const results = this.#roomForResults(feeds, into);
    const inputs = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)]);
    const outputs = Object.entries(results).map(([name, tensor]): [string, OrtTensor] => [
      host.portOf(name),
      toOrt(tensor),
    ]);
    await host.session
      .run({ ...host.rest, ...Object.fromEntries(inputs) }, stopBefore(outputs))
      .catch((cause: unknown) => {
        if (!isStop(cause)) throw ortError(`could not run graph ${this.#graph.name}`, cause);
      });
    return results;
  }

  /** Checks feeds and `into`, or makes room for all outputs. */
  #roomForResults(feeds: Tensors, into: Tensors | undefined): Record<string, Tensor> {
    const { name: graph, outputs } = this.#graph;
    checkNames(`graph ${graph}, feeds`, this.#feeds.keys(), feeds, 'all');
    checkNames(`graph ${graph}, outputs`, Object.keys(outputs), into ?? {}, 'some');
    const bindings = bindGraph(this.#graph, feeds);
    for (const [name, { dtype, shape }] of this.#feeds) {
      checkTensor(`graph ${graph}, feed ${name}`, feeds[name]!, dtype, shapeOf(shape, bindings));
    }
    return Object.fromEntries(
      Object.keys(into ?? outputs).map((name) => {
        const { dtype, shape: declared } = outputs[name]!;
        const shape = shapeOf(declared, bindings);
        const given = into?.[name];
        if (given === undefined) return [name, emptyTensor(dtype, shape)];
        checkTensor(`graph ${graph}, output ${name}`, given, dtype, shape);
        return [name, given];
      }),
    );
  }

  async close(): Promise<void> {
    const host = this.#host;
    this.#host = null;
    await host?.session.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function checkNames(
  what: string,
  known: Iterable<string>,
  given: Tensors,
  needed: 'all' | 'some',
): void {
  const names = new Set(known);
  const unknown = Object.keys(given).filter((name) => !names.has(name));
  const missing = needed === 'all' ? [...names].filter((name) => given[name] === undefined) : [];
  if (unknown.length + missing.length === 0) return;
  throw new Error(
    `internal: ${what}: expected ${[...names].join(', ')}; missing: ${missing.join(', ') || 'none'}; unknown: ${unknown.join(', ') || 'none'}`,
  );
}

function ortError(what: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`internal: ONNX Runtime ${what}: ${reason}`, { cause });
}
