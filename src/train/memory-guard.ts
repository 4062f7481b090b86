/**
 * @file Keeps a step within the memory that is left, which others may share: before each micro-batch the
 * bytes that it will take are compared with those that may still be taken, and it is computed another
 * way, with the same result, where they do not suffice.
 */
import { availableBytes, memoryCgroup } from '#kernel';
import { type BatchShape, type SessionCache, stepMemory, type Subject } from '#plan';
import type { Plan } from '#protocol';

/** Thrown in a step, which begins again under a smaller plan. */
export class MemoryPressure extends Error {}

/** Thrown where no plan is small enough. */
export class OutOfRoom extends Error {
  /** bytes that the smallest plan takes */
  readonly needed: number;
  readonly room: Room;

  constructor(needed: number, room: Room) {
    super(`${needed} bytes needed, ${room.bytes} left by ${room.from}`);
    this.needed = needed;
    this.room = room;
  }
}

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
   * The first of the smaller plans under which the micro-batch fits.
   *
   * @throws OutOfRoom
   */
  smallerPlan(plan: Plan, batch: BatchShape): Plan {
    const room = this.#room();
    const plans = smallerPlans(plan);
    const needs = plans.map((each) => this.#bytesFor(each, batch, 0) + RESERVE);
    const found = plans.find((_, i) => needs[i]! <= room.bytes);
    if (found) return found;
    throw new OutOfRoom(Math.min(this.#bytesFor(plan, batch, 0) + RESERVE, ...needs), room);
  }

  /** Between two sessions: others may have grown, or the limit shrunk. @throws MemoryPressure */
  check(plan: Plan, batch: BatchShape, touched: number): void {
    if (!this.fits(plan, batch, touched)) throw new MemoryPressure();
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

/**
 * For what is not a value of the step (garbage, page tables, gradients that are about to be added up), and
 * for what others take while a session is at work and nobody looks.
 */
export const RESERVE = 6 * 2 ** 20;
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
  const all: Plan = { ...plan, recompute: 'all' };
  const short: Plan = { ...all, lossChunk: Math.min(plan.lossChunk, 16) };
  const spilling: Plan = { ...short, spill: true };
  const slices = inParts ? { headsAtOnce: 1, rowsAtOnce: Math.min(plan.rowsAtOnce ?? 32, 32) } : {};
  const least: Plan = { ...spilling, ...slices, lossChunk: Math.min(plan.lossChunk, 8) };
  const plans = [plan, all, short, spilling, least].map((each) => JSON.stringify(each));
  return [all, short, spilling, least].filter(
    (_, i) => !plans.slice(0, i + 1).includes(plans[i + 1]!),
  );
}
