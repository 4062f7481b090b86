/**
 * @file One micro-batch forward and backward, action by action (plan/schedule.ts). Owns the sessions and
 * the memory of what crosses between them; nothing outlives a micro-batch but the gradients it adds up.
 */
import { floats, type Tensor } from '#grad';
import type { Parameters } from '#models';
import type { GraphSession } from '#onnx';
import {
  type Action,
  type BatchShape,
  gradientOf,
  schedule,
  sliceLength,
  type TrainingSegment,
  valueName,
} from '#plan';
import type { Plan } from '#protocol';
import { BufferPool } from './buffer-pool.ts';
import { headInChunks } from './head-in-chunks.ts';
import { type MemoryGuard, MemoryPressure } from './memory-guard.ts';
import { type MicroBatch, shapeOfBatch } from './micro-batch.ts';
import {
  keptSessions,
  passingSessions,
  type ProgramSessions,
  type SessionSources,
} from './program-sessions.ts';
import { SessionRunner, type Values } from './session-runner.ts';
import { addInto } from './slices.ts';
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

/** Gradients by parameter; each micro-batch adds its own. */
export type Gradients = ReadonlyMap<string, Float32Array>;

export class TrainingProgram {
  readonly #options: ProgramOptions;
  readonly #sessions: ProgramSessions;
  readonly #pool: BufferPool;
  readonly #runner: SessionRunner;
  #plan: Plan;
  #actions: readonly Action[];
  #spill: SpillFile | undefined;
  /** memory went in the middle of the micro-batch before this one */
  #wasShort = false;

  private constructor(options: ProgramOptions, sessions: ProgramSessions) {
    this.#options = options;
    this.#pool = options.pool ?? new BufferPool();
    this.#runner = new SessionRunner(this.#pool, options.parameters);
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
          this.#head(forward, micro, values, gradients),
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
        ? await this.#runner.run(work, values, micro.masks)
        : await this.#runner.runSliced(work, segment.sliceable!, slice, values, micro.masks);
    });
    for (const [port, tensor] of results) {
      if (kind === 'forward') values.set(known(port), tensor);
      else this.#addGradient(port, tensor, values, gradients);
    }
  }

  async #head(
    session: GraphSession,
    micro: MicroBatch,
    values: Values,
    gradients: Gradients,
  ): Promise<number> {
    const { graphs, headInput } = this.#options;
    const { lossChunk } = this.#plan;
    const head = { graph: graphs.head, session, lossChunk, runner: this.#runner, pool: this.#pool };
    const { loss, hiddenGradient } = await headInChunks(
      head,
      micro,
      values.get(headInput)!,
      (name, tensor) => this.#addGradient(name, tensor, values, gradients),
    );
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
