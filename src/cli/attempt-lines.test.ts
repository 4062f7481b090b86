/** @file The line between two attempts: what is not proven is said, and a plan has its numbers. */
import { expect, it } from 'vitest';
import { type AttemptRecord, type Prediction, planSchema, type Verdict } from '#protocol';
import type { EndedAttempt, NextStart } from '#supervise';
import { nextLine, waitLine } from './attempt-lines.ts';

const MIB = 2 ** 20;
const VERDICT: Verdict = {
  cause: 'oom-own-limit',
  grade: 'proven',
  exit_code: null,
  signal: 'SIGKILL',
  limit_bytes: 512 * MIB,
  limit_from: '--memory',
  baseline_bytes: 0,
  peak_bytes: 512 * MIB,
  peak_file_bytes: 0,
  predicted_peak_bytes: null,
  phase: null,
  step: null,
  of: null,
  run_folder: null,
  seconds: 4.4,
  evidence: [],
  missing: [],
  remedies: [],
};

function ended(
  verdict: Partial<Verdict> = {},
  trainer: EndedAttempt['trainer'] = null,
): EndedAttempt[] {
  const record: AttemptRecord = {
    run_id: 'r',
    attempt: 1,
    command: ['plimsoll', 'train'],
    memory_bytes: 512 * MIB,
    started_at: '2026-01-31T14:25:01Z',
    folder: '/',
    verdict: { ...VERDICT, ...verdict },
    earlier: [],
    samples: [],
    output: '',
  };
  return [{ rung: 0, memory: 512 * MIB, correction: 0, verdict: record.verdict, trainer, record }];
}

const NEXT: NextStart = {
  rung: 1,
  memory: 512 * MIB,
  correction: 0,
  command: ['train'],
  goesOn: false,
  afterSeconds: 0,
  waited: false,
  change: 'batch-size=4',
  prediction: null,
};

const END = 'limit 512 MiB, set by --memory; peak 512 MiB';

it.each<[string, NextStart, EndedAttempt[]]>([
  [
    `attempt 1 ended after 4.4 s: oom-own-limit, proven (${END}); attempt 2 now: batch-size=4, limit 512 MiB`,
    NEXT,
    ended(),
  ],
  [
    `attempt 1 ended after 4.4 s: oom-own-limit, possible, which is not proven (${END}); attempt 2 now: limit 1 GiB`,
    { ...NEXT, change: '', memory: 1024 * MIB },
    ended({ grade: 'possible' }),
  ],
  [
    `attempt 1 ended after 4.4 s: error, proven (exit code 3; ${END}); attempt 2 in 2 s: the same again, limit 512 MiB`,
    { ...NEXT, change: '', afterSeconds: 2 },
    ended({ cause: 'error', exit_code: 3, signal: null }),
  ],
])('%s', (line, next, before) => {
  expect(nextLine(next, before)).toBe(line.replace('in 2 s', 'in 2.0 s'));
});

it('of a trainer of ours: where it goes on, and under which plan', () => {
  const trainer: EndedAttempt['trainer'] = {
    pid: 7,
    runId: 'r',
    folder: '/runs/r',
    attempt: 1,
    phase: 'train',
    step: 12,
    of: 40,
    prediction: null,
    checkpointStep: 10,
    memory: null,
    end: null,
  };
  const prediction: Prediction = {
    answer: 'fits-with-this-plan',
    fits: true,
    predicted_peak_bytes: 400 * MIB,
    interval_bytes: [380 * MIB, 430 * MIB],
    limit_bytes: 512 * MIB,
    limit_from: '--memory',
    baseline_bytes: 0,
    smallest_limit_bytes: 200 * MIB,
    plan: planSchema.parse({ recompute: 'all' }),
    items: [],
    step: [],
    alternatives: [],
  };
  const next: NextStart = { ...NEXT, change: '', correction: 52 * MIB, prediction };
  const before = ended({ predicted_peak_bytes: 460 * MIB }, trainer);
  expect(nextLine(next, before)).toBe(
    `attempt 1 ended after 4.4 s: oom-own-limit, proven (${END}; 460 MiB predicted; after step 12); attempt 2 now: from step 10 on, limit 512 MiB, 400 MiB predicted with 52 MiB that were measured beyond the last prediction, at most 64 examples and 1024 tokens at once, recompute all, loss chunk 192, 2 threads`,
  );
  expect(waitLine(2, before)).toMatch(
    /after step 12\); in 2.0 s a plan is looked for that fits then$/,
  );
  expect(waitLine(0, before)).toMatch(/after step 12\); a plan is looked for that fits$/);
  expect(nextLine({ ...next, waited: true }, before)).toMatch(/^attempt 2 now: from step 10 on/);
});
