import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type RunEvent, runSpecSchema, planSchema } from '#protocol';
import { metricRows } from './metric-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-metrics-'));
afterAll(() => rmSync(folder, { recursive: true }));

const head = { time: '2026-01-02T03:04:05.000Z', run_id: 'run' };
const spec = runSpecSchema.parse({
  baseModel: { ref: 'base' },
  data: { files: ['a.jsonl'] },
  method: { kind: 'lora' },
});

const started = (attempt: number, from: number | null): RunEvent => ({
  type: 'run-started',
  ...head,
  attempt,
  pid: 7,
  folder: '/run',
  spec,
  plan: planSchema.parse({}),
  ...(from !== null && { resumedFrom: { file: 'state', step: from } }),
});
const step = (n: number, loss: number): RunEvent => ({
  type: 'step',
  ...head,
  step: n,
  of: 4,
  epoch: 1,
  loss,
  learningRate: 0.1,
  gradNorm: 1,
  tokens: 10,
  seconds: 0.5,
  tokensPerSecond: 20,
  memory: { anon: 100, file: 200 },
});
const evaluation = (n: number, loss: number): RunEvent => ({
  type: 'evaluation',
  ...head,
  step: n,
  loss,
});

const lineOf = (event: RunEvent | string) =>
  typeof event === 'string' ? event : JSON.stringify(event);

async function rowsOf(events: readonly (RunEvent | string)[]) {
  const file = join(folder, 'events.jsonl');
  writeFileSync(file, events.map((event) => `${lineOf(event)}\n`).join(''));
  const rows = [];
  for await (const { step: n, train_loss, valid_loss } of metricRows(file))
    rows.push([n, train_loss, valid_loss]);
  return rows;
}

test('a row a step, with the evaluation after it', async () => {
  const events = [started(1, null), evaluation(0, 9), step(1, 3), step(2, 2), evaluation(2, 2.5)];
  expect(await rowsOf(events)).toEqual([
    [1, 3, null],
    [2, 2, 2.5],
  ]);
});

test('of steps that are told again the last telling counts, also after two resumptions', async () => {
  const first = [started(1, null), step(1, 4), step(2, 3), step(3, 9), evaluation(3, 9)];
  const second = [started(2, 2), step(3, 8), step(4, 8)];
  const third = [
    started(3, 1),
    step(2, 2.9),
    evaluation(2, 2.8),
    '{"type":"step","cut off',
    step(3, 2),
  ];
  expect(await rowsOf([...first, ...second, ...third])).toEqual([
    [1, 4, null],
    [2, 2.9, 2.8],
    [3, 2, null],
  ]);
});

test('one that began anew, and one that told nothing', async () => {
  expect(await rowsOf([started(1, null), step(1, 4), started(2, null), step(1, 3)])).toEqual([
    [1, 3, null],
  ]);
  expect(await rowsOf([])).toEqual([]);
});
