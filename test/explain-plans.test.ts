/** @file `plimsoll explain` on a run of our own trainer: the planner says what each solution takes. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptRecordSchema, orderOfPlan, predictionSchema, type Remedy } from '#protocol';
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
  trained(run, model, data, '--batch-size', '4');
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function trained(folder: string, model: string, data: string, ...words: string[]): void {
  const base = ['--base-model', model, '--data', data, '--run-directory', folder];
  const { status, stderr } = plimsoll('train', ...base, '--max-steps', '1', ...words);
  if (status !== 0) throw new Error(stderr);
}

function remediesAfterKill(limit: number, folder = run): readonly Remedy[] {
  const words = ['explain', recordAfterKill(limit, folder), '--json'];
  const { stdout } = spawnSync(COMMAND, words, { encoding: 'utf8' });
  return attemptRecordSchema.parse(JSON.parse(stdout)).verdict.remedies;
}

/** As `plimsoll run` would leave it after a kill at a limit of so many bytes: a folder. */
function recordAfterKill(limit: number, folder = run): string {
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
    run_folder: folder,
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

test(
  'the plan that it had is not advised: one that takes less is, for its last checkpoint and for a service',
  { timeout: 120_000 },
  () => {
    const wide = { d_model: 128, d_kv: 32, d_ff: 1024, num_heads: 4 };
    const model = writeSmallModel(join(root, 'wide'), wide);
    const data = writeExamples(join(root, 'long.jsonl'), 8, 60);
    const folder = join(root, 'long');
    trained(folder, model, data, '--batch-size', '8');
    const remedies = remediesAfterKill(512 * MIB, folder);
    const [same] = remedies;
    const { memory, ...knobs } = same?.retry?.order ?? {};
    expect(memory).toBe(512 * MIB);
    expect(same?.retry?.same_result).toBe(true);
    const [, size] = /--memory (\d+)M --correction 8M$/.exec(same?.lines[0] ?? '') ?? [];
    expect(Number(size)).toBeLessThan(512);

    // Asked about the knobs alone, the planner comes to the same peak, but for what it was told to add.
    const flags = Object.entries(knobs).map(([name, value]) =>
      typeof value === 'boolean'
        ? `--${value ? '' : 'no-'}${name}`
        : `--${name.replaceAll('_', '-')}=${String(value)}`,
    );
    const words = ['plan', '--json', '--base-model', model, '--data', data, '--batch-size', '8'];
    const { stdout } = plimsoll(...words, ...flags, '--memory', '512M');
    const { plan, predicted_peak_bytes: peak } = predictionSchema.parse(JSON.parse(stdout));
    expect(orderOfPlan(plan)).toEqual(knobs);
    const predicted = same?.predicted_peak_bytes ?? 0;
    expect(Math.abs(predicted - 8 * MIB - peak)).toBeLessThan(MIB);
    const had = remedies.find(({ limit }) => limit)?.predicted_peak_bytes ?? 0;
    expect(predicted).toBeLessThan(had - MIB);

    const lengths = remedies.find(({ change }) => change.startsWith('--source-max-tokens'));
    expect(lengths?.retry).toMatchObject({
      order: { source_max_tokens: 192, target_max_tokens: 192, memory: 512 * MIB },
      same_result: false,
    });
    expect(lengths?.predicted_peak_bytes).toBeLessThan(had - MIB);
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
