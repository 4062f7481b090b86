/** @file `plimsoll plan`: what it says is what a run then plans by, and it takes little to say it. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelOf, t5ConfigOfSize } from '#models';
import { type Prediction, predictionSchema, type TrainingRun, trainingRunSchema } from '#protocol';
import { plimsoll } from './plimsoll.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

let root: string;
let small: readonly string[];
const at = (...parts: string[]): string => join(root, ...parts);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-plan-'));
  const data = writeExamples(at('data.jsonl'), 12);
  small = ['--base-model', writeSmallModel(at('model')), '--data', data];
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const json = (text: string): unknown => JSON.parse(text);

test('a run is planned as was predicted', () => {
  const step = ['--max-steps', '1', '--batch-size', '3', '--recompute', 'all'];
  const words = [...small, '--memory', '300M', ...step];
  const asked = plimsoll('plan', ...words, '--json');
  expect(asked.status, asked.stderr).toBe(0);
  const prediction = predictionSchema.parse(json(asked.stdout));
  expect(prediction).toMatchObject({
    fits: true,
    limit_bytes: 300 * 2 ** 20,
    limit_from: '--memory',
    plan: { recompute: 'all' },
  });
  const trained = plimsoll('train', ...words, '--run-directory', at('run'));
  expect(trained.status, trained.stderr).toBe(0);
  const record = recordOf('run');
  expect(record.prediction).toEqual(asOfARun(prediction));
  expect(record.measured_peak_bytes).toBeGreaterThan(30 * 2 ** 20);
  expect(record.measured_peak_bytes).toBeLessThan(prediction.interval_bytes[1]);
  expect(trained.stdout).toMatch(/^memory +peak of .* predicted.*limit 300 MiB \(--memory\)$/m);
  expect(trained.stdout).toMatch(/^plan +at most .*recompute all/m);
});

test('a run to go on with is planned as it then goes on', () => {
  const run = ['--run-directory', at('resumed')];
  const begun = plimsoll('train', ...small, ...run, '--precision', 'int8', '--max-steps', '1');
  expect(begun.status, begun.stderr).toBe(0);
  const words = ['--resume-from', at('resumed'), '--memory', '300M'];
  const asked = plimsoll('plan', ...words, '--json');
  const prediction = predictionSchema.parse(json(asked.stdout));
  expect(prediction.plan.precision).toBe('int8');
  const resumed = plimsoll('train', ...words);
  expect(resumed.status, resumed.stderr).toBe(0);
  expect(recordOf('resumed').prediction).toEqual(asOfARun(prediction));
  expect(watched('plan', ...words).libraries).not.toContainEqual(
    expect.stringContaining('onnxruntime'),
  );
  const nowhere = plimsoll('plan', '--resume-from', at('nowhere'));
  expect(nowhere).toMatchObject({ status: 1, stdout: '' });
  expect(nowhere.stderr).toMatch(/nowhere to be the folder of a run/);
});

/** With room for all of it, a run does not look at what else would do. */
function asOfARun(prediction: Prediction): Prediction {
  return { ...prediction, smallest_limit_bytes: null, alternatives: [] };
}

function recordOf(run: string): TrainingRun {
  return trainingRunSchema.parse(json(readFileSync(at(run, 'training_run.json'), 'utf8')));
}

test('for people: items, limit, answer, and memory over a step; the same as a picture', () => {
  const words = [...small, '--memory', '300M', '--svg', at('step.svg')];
  const { status, stdout, stderr } = plimsoll('plan', ...words);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^predicted peak +[\d.]+ MiB {2}between .* and /m);
  expect(stdout).toMatch(/^limit +300 MiB {2}--memory$/m);
  expect(stdout).toMatch(/^fits .*; the smallest limit that would do is [\d.]+ MiB$/m);
  expect(stdout).toMatch(/^ +forward +head +backward$/m);
  expect(readFileSync(at('step.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
});

const under = (memory: string | number) =>
  plimsoll('plan', ...small, '--memory', String(memory), '--json');

test('what cannot fit is answered in full, with exit code 12', () => {
  const { status, stdout, stderr } = under('64M');
  expect(status).toBe(12);
  expect(stderr).toBe('');
  const prediction = predictionSchema.parse(json(stdout));
  expect(prediction).toMatchObject({ answer: 'cannot-fit', fits: false });
  const smallest = Number(prediction.smallest_limit_bytes);
  expect(under(smallest).status).toBe(0);
  expect(under(smallest - 1).status).toBe(12);
});

test('lengths are those of the data, or the longest allowed where each is padded to it', () => {
  const limits = ['--source-max-tokens', '64', '--target-max-tokens', '48'];
  expect(plimsoll('plan', ...small, ...limits).stdout).toMatch(
    /examples of up to \d and \d tokens/,
  );
  const padded = plimsoll('plan', ...small, ...limits, '--pad-to-max');
  expect(padded.stdout).toMatch(/examples of up to 64 and 48 tokens/);
});

test('it takes less than 100 MiB at flan-t5-small size, and loads no ONNX Runtime', () => {
  const model = writeHollowModel(at('flan-t5-small'), 'flan-t5-small');
  const planned = watched('plan', '--base-model', model, '--pad-to-max', '--memory', '512M');
  expect(planned.libraries).not.toContainEqual(expect.stringContaining('onnxruntime'));
  expect(planned.peakBytes).toBeLessThan(100 * 2 ** 20);
  // Seen where it is loaded.
  const training = ['--max-steps', '1', '--run-directory', at('watched')];
  const { libraries } = watched('train', ...small, ...training);
  expect(libraries).toContainEqual(expect.stringContaining('onnxruntime'));
});

const LAUNCHER = join(import.meta.dirname, '../bin/plimsoll');

/** Libraries that the process had loaded at its end, and the most that was resident. */
function watched(...words: string[]): { libraries: readonly string[]; peakBytes: number } {
  const [probe, seen] = [at('probe.cjs'), at('seen.json')];
  writeFileSync(
    probe,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify({
      libraries: process.report.getReport().sharedObjects,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    })));`,
  );
  const env = { ...process.env, NODE_OPTIONS: `--require ${probe}` };
  const { status, stderr } = spawnSync(LAUNCHER, words, { env, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return JSON.parse(readFileSync(seen, 'utf8'));
}

/** A model of a published size whose weights are a hole in the disk: nothing reads them. */
function writeHollowModel(folder: string, size: string): string {
  mkdirSync(folder);
  const config = t5ConfigOfSize(size);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape }] of modelOf(config, 'config.json').tensors) {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const fd = openSync(join(folder, 'model.safetensors'), 'w');
  writeSync(fd, Buffer.concat([length, text]));
  ftruncateSync(fd, 8 + text.length + end);
  closeSync(fd);
  for (const file of readdirSync('assets/base-model').filter((name) => name.includes('token')))
    copyFileSync(join('assets/base-model', file), join(folder, file));
  return folder;
}
