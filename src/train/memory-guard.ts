/**
 * @file Keeps a step within the memory that is left, which others may share: before each micro-batch the
 * bytes that it will take are compared with those that may still be taken, and it is computed another
 * way, with the same result, where they do not suffice.
 */
import { fail, formatBytes } from '#base';
import { availableBytes, memoryCgroup } from '#kernel';
import { type BatchShape, type SessionCache, stepMemory, type Subject } from '#plan';
import type { Plan } from '#protocol';

/** Thrown in the middle of a micro-batch: the step begins again under a smaller plan. */
export class MemoryPressure extends Error {}

export interface Room {
  /** bytes that may still be taken before a limit is reached */
  readonly bytes: number;
  /** whose limit that is, in words */
  readonly from: string;
}

export class MemoryGuard {
  readonly #subject: Subject;
  readonly #room: () => Room;
  readonly #cache: SessionCache = new Map();
  readonly #needs = new Map<string, Need>();

  constructor(subject: Subject, room: () => Room) {
    this.#subject = subject;
    this.#room = room;
  }

  /** Whether there is room for the micro-batch; `touched`: bytes of values that are the trainer's already. */
  fits(plan: Plan, batch: BatchShape, touched: number): boolean {
    return this.#bytesFor(plan, batch, touched) + RESERVE <= this.#room().bytes;
  }

  /**
   * The first of the plans, from the one in use down, under which the micro-batch fits.
   *
   * @throws PlimsollError MEMORY_EXHAUSTED
   */
  planFor(plan: Plan, batch: BatchShape): Plan {
    const room = this.#room();
    const plans = [plan, ...smallerPlans(plan)];
    const needs = plans.map((each) => this.#bytesFor(each, batch, 0) + RESERVE);
    const at = needs.findIndex((need) => need <= room.bytes);
    if (at >= 0) return plans[at]!;
    return fail('MEMORY_EXHAUSTED', {
      needed: formatBytes(Math.min(...needs)),
      left: formatBytes(Math.max(0, room.bytes)),
      from: room.from,
    });
  }

  /** Between two sessions: others may have grown, or the limit shrunk. @throws MemoryPressure */
  check(plan: Plan, batch: BatchShape, touched: number): void {
    if (this.#bytesFor(plan, batch, touched) > this.#room().bytes) throw new MemoryPressure();
  }

  #bytesFor(plan: Plan, batch: BatchShape, touched: number): number {
    const { values, session } = this.#needOf(plan, batch);
    return Math.max(0, values - touched) + session;
  }

  #needOf(plan: Plan, batch: BatchShape): Need {
    const { recompute, spill, lossChunk, headsAtOnce, rowsAtOnce } = plan;
    const { feeds, positions } = batch;
    const knobs = [recompute, spill, lossChunk, headsAtOnce, rowsAtOnce];
    const key = JSON.stringify([knobs, feeds, positions]);
    const known = this.#needs.get(key);
    if (known) return known;
    const { touched, session } = stepMemory(this.#subject, plan, batch, this.#cache);
    const need = { values: touched, session: session.session };
    // Shapes differ from batch to batch; what was asked last is asked again.
    if (this.#needs.size >= REMEMBERED) this.#needs.clear();
    this.#needs.set(key, need);
    return need;
  }
}

interface Need {
  readonly values: number;
  readonly session: number;
}

/** For what is not a value of the step: garbage, page tables, gradients that are about to be added up. */
const RESERVE = 6 * 2 ** 20;
const REMEMBERED = 256;

/** What the limits leave to this process. `given`: bytes that the user allows it. */
export function roomFor(given: number | undefined): () => Room {
  const cgroup = memoryCgroup();
  return () => {
    const { bytes, limit } = availableBytes({ given, cgroup });
    return { bytes, from: limit.from };
  };
}

/** Each takes less than the one before and needs no other sessions. */
function smallerPlans(plan: Plan): Plan[] {
  const inParts = plan.headsAtOnce !== null || plan.rowsAtOnce !== null;
  const all = { ...plan, recompute: 'all' as const };
  const short = { ...all, lossChunk: Math.min(plan.lossChunk, 16) };
  const spilling = { ...short, spill: true };
  const slices = inParts ? { headsAtOnce: 1, rowsAtOnce: Math.min(plan.rowsAtOnce ?? 32, 32) } : {};
  return [all, short, spilling, { ...spilling, ...slices, lossChunk: Math.min(plan.lossChunk, 8) }];
}
