/** @file `plimsoll explain` on a run of our own trainer: the planner says what each solution takes. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptRecordSchema, type Remedy } from '#protocol';
import { plimsoll } from './plimsoll.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const COMMAND = 'bin/plimsoll';

const MIB = 2 ** 20;
let root: string;
let run: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-explain-'));
  run = join(root, 'run');
  const model = writeSmallModel(join(root, 'model'));
  const data = writeExamples(join(root, 'data.jsonl'), 44);
  const base = ['--base-model', model, '--data', data, '--run-directory', run];
  const { status, stderr } = plimsoll('train', ...base, '--max-steps', '1', '--batch-size', '4');
  if (status !== 0) throw new Error(stderr);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function remediesAfterKill(limit: number): readonly Remedy[] {
  const words = ['explain', recordAfterKill(limit), '--json'];
  const { stdout } = spawnSync(COMMAND, words, { encoding: 'utf8' });
  return attemptRecordSchema.parse(JSON.parse(stdout)).verdict.remedies;
}

/** As `plimsoll run` would leave it after a kill at a limit of so many bytes: a folder. */
function recordAfterKill(limit: number): string {
  const higher = { bytes: 2 * limit, reservation_bytes: null };
  const plain = { lines: [], predicted_peak_bytes: null };
  const verdict = {
    cause: 'oom-own-limit',
    grade: 'proven',
    exit_code: null,
    signal: 'SIGKILL',
    limit_bytes: limit,
    limit_from: '--memory',
    baseline_bytes: 0,
    peak_bytes: limit,
    peak_file_bytes: 0,
    predicted_peak_bytes: limit - 8 * MIB,
    run_folder: run,
    seconds: 3,
    evidence: [],
    missing: [],
    remedies: [
      { change: 'another plan', ...plain },
      { change: 'smaller parameters', ...plain },
      { change: 'a higher limit', ...plain, limit: higher },
    ],
  };
  const record = {
    run_id: '20260101-000000-abcdef',
    command: ['plimsoll', 'train', '--data', 'a b.jsonl'],
    folder: '/srv',
    started_at: '2026-01-01T00:00:00.000Z',
    samples: [],
    output: '',
    verdict,
  };
  mkdirSync(join(root, 'record'), { recursive: true });
  writeFileSync(join(root, 'record/attempt.json'), JSON.stringify(record));
  return join(root, 'record');
}

test('each has a peak, what it helps, and a line to type', { timeout: 120_000 }, () => {
  const [same, batch, lengths, samples, epochs, higher, ...others] = remediesAfterKill(512 * MIB);
  expect(same).toMatchObject({
    change: expect.stringMatching(/none takes less .* it fits$/),
    lines: [],
  });
  expect(same?.retry).toBeUndefined();
  expect(batch?.change).toMatch(/^--batch-size 2: .*it fits/);
  expect(batch?.lines).toEqual(["plimsoll train --data 'a b.jsonl' --batch-size 2"]);
  expect(lengths?.change).toMatch(/^--source-max-tokens 192 --target-max-tokens 192: /);
  expect(samples?.change).toMatch(/^--max-samples 200: /);
  expect(epochs?.change).toMatch(/^--epochs 1: saves time and no memory/);
  expect(epochs?.predicted_peak_bytes).toBe(samples?.predicted_peak_bytes);
  expect(higher).toMatchObject({ change: 'a higher limit', limit: { bytes: 1024 * MIB } });
  for (const remedy of [same, batch, lengths, samples, epochs, higher]) {
    expect(remedy?.predicted_peak_bytes).toBeGreaterThan(20 * MIB);
  }
  expect(others).toEqual([]);
});

test(
  'a limit that no plan fits: so it says, and the higher one is what helps',
  { timeout: 120_000 },
  () => {
    const remedies = remediesAfterKill(48 * MIB);
    expect(remedies[0]?.change).toMatch(/it does not fit/);
    expect(remedies[0]?.lines).toEqual([]);
  },
);

test('what is known is there while the planner still reads', { timeout: 120_000 }, async () => {
  const data = join(root, 'data.jsonl');
  rmSync(data);
  execFileSync('mkfifo', [data]); // whoever opens it waits, for nobody will write
  const explain = spawn(COMMAND, ['explain', recordAfterKill(512 * MIB)]);
  let stdout = '';
  explain.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  while (!stdout.includes('SOLUTIONS')) await once(explain.stdout, 'data');
  expect(stdout).toMatch(
    /^OUT OF MEMORY \(OOM\) KILL DETECTED$[^]*^ {2}limit +512 MiB, set by --memory$/m,
  );
  expect(stdout).toMatch(/^SOLUTIONS\n$/m);
  expect(explain.exitCode).toBeNull();
  explain.kill('SIGKILL');
});
