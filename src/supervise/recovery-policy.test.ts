/** @file What follows which end, as a table: another attempt, of what, with how much memory and when; or none. */
import { describe, expect, it, test } from 'vitest';
import { CAUSES, type Cause, recoveryPolicySchema, planSchema } from '#protocol';
import { DEFAULT_POLICY, type Next, nextAttempt, type Tried } from './recovery-policy.ts';
import type { TrainerFacts } from './trainer-facts.ts';

const MIB = 2 ** 20;

interface End {
  readonly cause: Cause;
  readonly code?: number | null;
  readonly from?: string;
  readonly limit?: number | null;
  readonly peak?: number;
  readonly rung?: number;
  readonly memory?: number | null;
  readonly correction?: number;
  readonly trainer?: TrainerFacts;
}

/** Sizes in MiB; a kill by the attempt's own limit of 512 unless said otherwise. */
function tried({ cause, code = null, rung = 0, memory = 512, ...end }: End): Tried {
  const { from = '--memory', limit = memory, peak = limit ?? 0, correction = 0 } = end;
  return {
    rung,
    memory: memory === null ? null : memory * MIB,
    correction: correction * MIB,
    verdict: {
      cause,
      exit_code: code,
      signal: code === null ? 'SIGKILL' : null,
      limit_bytes: limit === null ? null : limit * MIB,
      limit_from: from,
      peak_bytes: peak * MIB,
    },
    trainer: end.trainer ?? null,
  };
}

test('what holds where nothing is asked for', () => {
  expect(DEFAULT_POLICY).toEqual(recoveryPolicySchema.parse({}));
});

const policy = (asked: object = {}) => recoveryPolicySchema.parse(asked);
const range = (from: number, to: number) => ({ memory: { from: from * MIB, to: to * MIB } });
const run = (rung: number, memory: number | null, afterSeconds = 0): Next => ({
  kind: 'run',
  rung,
  memory: memory === null ? null : memory * MIB,
  afterSeconds,
});
const stop = (reason: RegExp | null) => ({
  kind: 'stop',
  reason: reason === null ? null : expect.stringMatching(reason),
});
const next = (asked: object, rungs: number, ...ends: End[]) =>
  nextAttempt(policy(asked), rungs, ends.map(tried));

const OWN: End = { cause: 'oom-own-limit' };
const AROUND = { from: 'cgroup /docker/ab12 (memory.max)' };
const LADDER = 3;

describe('each cause, with a ladder and one retry', () => {
  const asked = { ...range(512, 512), retries: 1 };
  it.each<[End, Next | ReturnType<typeof stop>]>([
    [OWN, run(1, 512)],
    [{ cause: 'oom-ancestor-limit', ...AROUND }, run(1, 512, 1)],
    [{ cause: 'oom-machine', from: 'the machine (MemTotal)' }, run(1, 512, 1)],
    [{ cause: 'oom-user-space' }, run(1, 512, 1)],
    [{ cause: 'oom-child', code: 1 }, run(1, 512)],
    [{ cause: 'oom-child', code: 0 }, stop(null)],
    [{ cause: 'allocation-failed', code: 1 }, run(1, 512)],
    [{ cause: 'killed' }, run(0, 512, 1)],
    [{ cause: 'crashed' }, run(0, 512, 1)],
    [{ cause: 'error', code: 3 }, run(0, 512, 1)],
    [{ cause: 'cancelled' }, stop(null)],
    [{ cause: 'timed-out' }, stop(null)],
    [{ cause: 'completed', code: 0 }, stop(null)],
    [{ cause: 'unestablished' }, stop(/nothing proves why/)],
  ])('%j', (end, expected) => {
    expect(next(asked, LADDER, end)).toEqual(expected);
  });

  test('is in the table above', () => {
    expect(CAUSES).toHaveLength(13);
  });
});

describe('what nothing proves is taken as the user says', () => {
  const end: End = { cause: 'unestablished' };
  it.each([
    [{ unestablished: 'memory' }, run(1, 512)],
    [{ unestablished: 'error', retries: 1 }, run(0, 512, 1)],
    [{ unestablished: 'error' }, stop(null)],
  ])('%j', (asked, expected) => {
    expect(next(asked, LADDER, end)).toEqual(expected);
  });
});

describe('the ladder first, then the limit', () => {
  it.each<[object, number, End, Next | ReturnType<typeof stop>]>([
    [range(512, 2048), LADDER, { ...OWN, rung: 1 }, run(2, 512)],
    [range(512, 2048), LADDER, { ...OWN, rung: 2 }, run(2, 1024)],
    [range(512, 2048), LADDER, { ...OWN, rung: 2, memory: 1536 }, run(2, 2048)],
    [
      range(512, 2048),
      LADDER,
      { ...OWN, rung: 2, memory: 2048 },
      stop(/end, and the limit is as high/),
    ],
    [range(512, 2048), 1, OWN, run(0, 1024)],
    [range(512, 512), LADDER, { ...OWN, rung: 2 }, stop(/ladder is at its end/)],
    [{}, LADDER, { ...OWN, rung: 2, memory: null }, stop(/end, and there is no --memory/)],
    // What --memory does not set, it cannot raise.
    [
      range(512, 2048),
      1,
      { cause: 'oom-ancestor-limit', ...AROUND },
      stop(/reached is not of --memory: cgroup \/docker\/ab12/),
    ],
    // Nothing was asked for that could follow, and nothing is said of it.
    [range(512, 512), 1, OWN, stop(null)],
    [{}, 1, { ...OWN, memory: null }, stop(null)],
    [{}, 1, { cause: 'error', code: 1 }, stop(null)],
  ])('%j, %i rungs, %j', (asked, rungs, end, expected) => {
    expect(next(asked, rungs, end)).toEqual(expected);
  });
});

describe('budgets', () => {
  const ERROR: End = { cause: 'error', code: 1 };
  it.each<[object, readonly End[], Next | ReturnType<typeof stop>]>([
    [{ attempts: 2 }, [OWN, OWN], stop(/2 attempts were made, as many as --attempts/)],
    [{ memoryRetries: 1 }, [OWN], run(1, 512)],
    [
      { memoryRetries: 1 },
      [OWN, { ...OWN, rung: 1 }],
      stop(/2 ended for want of memory, and --memory-retries allows 1 /),
    ],
    [{ memoryRetries: 0 }, [OWN], stop(/--memory-retries allows 0/)],
    [{ retries: 2 }, [ERROR, ERROR], run(0, 512, 2)],
    [{ retries: 2 }, [ERROR, ERROR, ERROR], stop(/3 ended with an error, and --retries allows 2 /)],
    // Each has its own.
    [{ retries: 1, memoryRetries: 1 }, [OWN, { ...ERROR, rung: 1 }], run(1, 512, 2)],
    [{ retries: 1, memoryRetries: 1 }, [ERROR, OWN], run(1, 512)],
    [{ retries: 0 }, [OWN, ERROR], stop(/not tried again without --retries/)],
  ])('%j after %j', (asked, ends, expected) => {
    expect(next(asked, LADDER, ...ends)).toEqual(expected);
  });
});

test('each wait is longer than the one before, up to the longest', () => {
  const backoff = { first: 2, factor: 3, most: 30 };
  const waits = [1, 2, 3, 4].map((made) => {
    const ends = Array.from({ length: made }, (): End => ({ cause: 'crashed' }));
    const answer = next({ retries: 9, backoff }, 1, ...ends);
    return answer.kind === 'run' ? answer.afterSeconds : null;
  });
  expect(waits).toEqual([2, 6, 18, 30]);
});

describe('a trainer of ours goes on in its folder', () => {
  const trainer: TrainerFacts = {
    pid: 7,
    runId: 'r',
    folder: '/runs/r',
    attempt: 1,
    phase: 'train',
    step: 12,
    of: 40,
    prediction: {
      predicted_peak_bytes: 500 * MIB,
      interval_bytes: [480 * MIB, 510 * MIB],
      limit_bytes: 512 * MIB,
      baseline_bytes: 40 * MIB,
      plan: planSchema.parse({}),
    },
    checkpointStep: 10,
    memory: null,
    end: null,
  };
  const refused: TrainerFacts = {
    ...trainer,
    end: { status: 'failed', error: 'MEMORY_EXHAUSTED' },
  };
  const resume = (memory: number | null, correction: number, change: object = {}) => ({
    kind: 'resume',
    folder: '/runs/r',
    memory: memory === null ? null : memory * MIB,
    mostMemory: memory === null ? null : 512 * MIB,
    correction: correction * MIB,
    afterSeconds: 0,
    ...change,
  });
  const asked = range(512, 512);

  it.each<[string, object, End, object]>([
    // 460 were predicted for itself.
    ['with what it took beyond its prediction', asked, { ...OWN, trainer }, resume(512, 52)],
    ['less is no correction', asked, { ...OWN, peak: 300, trainer }, resume(512, 0)],
    ['on top of the last one', asked, { ...OWN, correction: 8, trainer }, resume(512, 60)],
    [
      'under the limit that it found at the end',
      asked,
      { ...OWN, limit: 200, peak: 200, trainer },
      resume(200, 0),
    ],
    [
      'under its own where another was reached',
      asked,
      { cause: 'oom-ancestor-limit', ...AROUND, limit: 300, peak: 200, trainer },
      resume(512, 0, { afterSeconds: 1 }),
    ],
    [
      'up to the most that is allowed',
      range(512, 2048),
      { ...OWN, peak: 300, trainer },
      resume(512, 0, { mostMemory: 2048 * MIB }),
    ],
    [
      'without a limit of its own',
      {},
      { cause: 'oom-machine', from: 'the machine (MemTotal)', memory: null, trainer },
      resume(null, 0, { afterSeconds: 1 }),
    ],
    [
      'when it ended by itself for want of memory',
      asked,
      { cause: 'error', code: 12, peak: 300, trainer: refused },
      resume(512, 0),
    ],
    [
      'when it said so, and a signal came first',
      asked,
      { cause: 'crashed', peak: 300, trainer: refused },
      resume(512, 0),
    ],
    [
      'as it was, after a crash that is to be tried again',
      { ...asked, retries: 1 },
      { cause: 'crashed', trainer },
      resume(512, 0, { afterSeconds: 1 }),
    ],
    ['not after a crash unasked', asked, { cause: 'crashed', trainer }, stop(null)],
    [
      'not where it had done its work',
      asked,
      { ...OWN, trainer: { ...trainer, end: { status: 'completed', error: null } } },
      stop(null),
    ],
    [
      'not after an error of another kind',
      asked,
      { cause: 'error', code: 1, trainer: { ...refused, end: { status: 'failed', error: 'X' } } },
      stop(null),
    ],
  ])('%s', (_, given, end, expected) => {
    expect(next(given, 1, end)).toEqual(expected);
  });
});
