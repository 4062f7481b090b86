/** @file What one plan of a run takes: bytes, item by item, and seconds. Estimates of one run share work. */
import { storedBytes, type WeightStorage } from '#base';
import type { Graph } from '#grad';
import { isMatrix } from '#models';
import type { Plan, PredictionItem } from '#protocol';
import { storageUnder } from '#weights';
import { allocatorBytes } from './allocators.ts';
import { largestBatches } from './batches.ts';
import {
  type GraphKnobs,
  graphsKey,
  type TrainingGraphs,
  trainingGraphs,
} from './derive-segments.ts';
import { trainedBytes, trainedShapes } from './parameters.ts';
import { bytesBeingRead, workingFileBytes } from './mapped-weights.ts';
import type { PlanQuestion } from './question.ts';
import {
  DATA_BYTES,
  GRAPH_VALUE_BYTES,
  RUNTIME_BYTES,
  SESSION_SIDE_BYTES,
  TOKENIZER_FACTOR,
} from './runtime-floor.ts';
import { sessionFootprint } from './session-footprint.ts';
import {
  likeness,
  type SessionCache,
  stepMemory,
  type StepMemory,
  type Subject,
} from './step-memory.ts';
import { stepSeconds } from './step-time.ts';

export interface Estimate {
  readonly plan: Plan;
  readonly items: readonly PredictionItem[];
  /** unreclaimable bytes at the peak */
  readonly peakBytes: number;
  /** the true peak lies between */
  readonly interval: readonly [low: number, high: number];
  /** pages of weights and code that would all stay in memory, given the room */
  readonly fileBytes: number;
  /** over the micro-batch that takes most */
  readonly step: StepMemory;
  /** seconds of the step of `batchSize` x accumulation examples at their longest, for comparison only */
  readonly seconds: number;
}

/** What does not depend on examples and limits: questions of one base, method and dropout may share it. */
export interface GraphWork {
  readonly subjects: Map<string, TrainingGraphs>;
  readonly footprints: Map<string, number>;
  readonly sessions: Map<string, SessionCache>;
}

export const noGraphWork = (): GraphWork => ({
  subjects: new Map(),
  footprints: new Map(),
  sessions: new Map(),
});

export class Estimator {
  readonly #question: PlanQuestion;
  readonly #trained: ReadonlyMap<string, readonly number[]>;
  readonly #work: GraphWork;

  constructor(question: PlanQuestion, work: GraphWork = noGraphWork()) {
    this.#question = question;
    this.#trained = trainedShapes(question);
    this.#work = work;
  }

  /** The groups of segments that a plan may recompute, in the order of the forward pass. */
  groupsOf(plan: Plan): readonly string[] {
    const { segments } = this.#graphs({ ...plan, headsAtOnce: null, rowsAtOnce: null });
    return [
      ...new Set(
        segments.filter(({ residuals }) => residuals.length > 0).map(({ group }) => group),
      ),
    ];
  }

  /** `limitBytes`: what is there for this run, its file pages included. */
  estimate(plan: Plan, limitBytes: number | null): Estimate {
    const { model, hyperparameters, readAhead } = this.#question;
    const subject = this.#subject(plan);
    const step = this.#largestStep(subject, plan);
    const items = this.#items(plan, subject, step);
    const peakBytes = sum(items.filter(({ reclaimable }) => !reclaimable));
    const allocator = sum(items.filter(({ name }) => name === 'allocator'));
    const margin = Math.max(MARGIN_BYTES, MARGIN * peakBytes) + ALLOCATOR_MARGIN * allocator;
    const working = workingFileBytes(bytesBeingRead(subject, plan, readAhead));
    const fileBytes = sum(items.filter(({ reclaimable }) => reclaimable)) + working;
    const high = wholePages(peakBytes + margin + working);
    const room = limitBytes === null ? Infinity : limitBytes - peakBytes - working;
    return {
      plan,
      items,
      peakBytes,
      interval: [Math.round(peakBytes - margin), high],
      fileBytes,
      step,
      seconds: stepSeconds(subject, plan, step, { model, hyperparameters, fileRoom: room }),
    };
  }

  #largestStep(subject: Subject, plan: Plan): StepMemory {
    const { model, adapter, hyperparameters, longest, batchLengths } = this.#question;
    const virtualTokens = adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0;
    const batches = largestBatches({
      model,
      virtualTokens,
      hyperparameters,
      longest,
      batchLengths,
      plan,
    });
    const cache = this.#cacheFor(plan);
    return batches
      .map((batch) => stepMemory(subject, plan, batch, cache))
      .reduce((most, each) => (takes(each) > takes(most) ? each : most));
  }

  #items(plan: Plan, subject: Subject, step: StepMemory): PredictionItem[] {
    const { tokenizerBytes, longest, correction = 0 } = this.#question;
    const { session, touched } = step;
    const isHead = session.kind === 'head';
    const parameters = sum([...this.#trained.values()].map((shape) => ({ bytes: product(shape) })));
    return [
      item('runtime', RUNTIME_BYTES, 'Node, ONNX Runtime, page tables'),
      item('graphs and sessions', this.#footprint(plan, subject) + this.#leftovers(plan)),
      item('tokenizer', TOKENIZER_FACTOR * tokenizerBytes),
      item(
        'adapter and optimizer',
        trainedBytes(this.#trained.values(), plan),
        `${parameters} parameters with gradient and two moments`,
      ),
      item(
        'activations kept',
        touched,
        `examples of up to ${longest.source} and ${longest.target} tokens`,
      ),
      item('largest segment at work', isHead ? 0 : session.session, isHead ? '' : session.label),
      item('loss chunk', isHead ? session.session : 0, `${plan.lossChunk} positions at once`),
      item('data', DATA_BYTES),
      item(
        'allocator',
        allocatorBytes(plan, step.moments),
        `M_MMAP_THRESHOLD ${plan.mmapThreshold}`,
      ),
      item('measured beyond', correction, 'the prediction, in an attempt before'),
      {
        name: 'base weights',
        bytes: Math.round(this.#weightBytes(plan)),
        reclaimable: true,
        note: `${plan.precision}, mapped from their file`,
      },
    ];
  }

  /** Sessions, and the graphs that they were made from. */
  #footprint(plan: Plan, { graphs, storageOf }: Subject): number {
    const key = `${graphsKey(plan)} ${plan.precision} ${plan.threads} ${plan.prepacking}`;
    const known = this.#work.footprints.get(key);
    if (known !== undefined) return known;
    const sets = [
      ...graphs.segments.map(({ forward, backward }) =>
        backward ? [forward, backward] : [forward],
      ),
      [graphs.head],
    ];
    const values = sum(
      sets.flat().map(({ nodes }) => ({ bytes: nodes.length * GRAPH_VALUE_BYTES })),
    );
    const isPacked = (name: string) =>
      plan.prepacking && !this.#trained.has(name) && storageOf(name) === 'f32';
    const options = { threads: plan.threads, storageOf, isPacked };
    const alike = new Map<string, number>();
    const footprintOf = (set: readonly Graph[]) => {
      const kind = set.map(likeness).join();
      const footprint = alike.get(kind) ?? sessionFootprint(set, options);
      alike.set(kind, footprint);
      return SESSION_SIDE_BYTES + footprint;
    };
    const bytes = sum(sets.map((set) => ({ bytes: footprintOf(set) }))) + values;
    this.#work.footprints.set(key, bytes);
    return bytes;
  }

  /** What comparing the precision with the stored base leaves behind; see train/precision-difference.ts. */
  #leftovers(plan: Plan): number {
    return plan.precision !== 'fp32' && this.#isConverted(plan) ? LEFT_OF_COMPARISON : 0;
  }

  #isConverted({ precision }: Plan): boolean {
    return [...this.#question.weights.keys()].some(
      (name) => this.#storage(name, precision) !== this.#storage(name, 'stored'),
    );
  }

  #weightBytes({ precision }: Plan): number {
    let bytes = 0;
    for (const [name, { shape, length }] of this.#question.weights) {
      if (this.#trained.has(name)) continue;
      const storage = this.#storage(name, precision);
      bytes += precision === 'stored' ? length : storedBytes(shape, storage);
    }
    return bytes;
  }

  #storage(name: string, precision: Plan['precision']): WeightStorage {
    const { model, weights } = this.#question;
    const tensor = weights.get(name);
    return tensor ? storageUnder(precision, tensor, isMatrix(model, name)) : 'f32';
  }

  #subject(plan: Plan): Subject {
    return {
      graphs: this.#graphs(plan),
      headInput: this.#question.model.headInput,
      storageOf: (name) => (this.#trained.has(name) ? 'f32' : this.#storage(name, plan.precision)),
      trainable: (name) => this.#trained.has(name),
    };
  }

  #graphs(plan: GraphKnobs): TrainingGraphs {
    const key = graphsKey(plan);
    const known = this.#work.subjects.get(key);
    if (known) return known;
    const { model, adapter, hyperparameters } = this.#question;
    const graphs = trainingGraphs(model, {
      adapter,
      dropout: hyperparameters.dropout ?? model.dropout,
      trainable: (name) => this.#trained.has(name),
      plan,
    });
    this.#work.subjects.set(key, graphs);
    return graphs;
  }

  #cacheFor(plan: Plan): SessionCache {
    const key = `${graphsKey(plan)} ${plan.precision}`;
    const cache = this.#work.sessions.get(key) ?? new Map<string, number>();
    this.#work.sessions.set(key, cache);
    return cache;
  }
}

function item(name: PredictionItem['name'], bytes: number, note = ''): PredictionItem {
  return { name, bytes: Math.round(bytes), reclaimable: false, note };
}

/** Of the sessions that were closed: what others do not fill again, on ONNX Runtime's side and V8's. */
const LEFT_OF_COMPARISON = 5 * 2 ** 20;

/** The kernel takes limits in whole pages, and cuts off what is over. */
function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
const PAGE_BYTES = 4096;

/** Of the predicted peak: what theory and measurement differ by in nearly all cases of the grid. */
const MARGIN = 0.06;
const MARGIN_BYTES = 8 * 2 ** 20;
/** Of what allocators hold, which is known no better. */
const ALLOCATOR_MARGIN = 0.4;

const takes = ({ touched, session }: StepMemory): number => touched + session.session;
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function sum(items: readonly { readonly bytes: number }[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}
