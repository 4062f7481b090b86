import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EVENTS_VARIABLE } from '#base';
import { encodeEvent, planSchema, type RunEvent, runSpecSchema } from '#protocol';
import { openTrainerEvents } from './trainer-events.ts';

const head = { time: '2026-01-01T00:00:00.000Z', run_id: 'run-1' };
const started: RunEvent = {
  type: 'run-started',
  ...head,
  attempt: 1,
  pid: 77,
  folder: '/runs/run-1',
  spec: runSpecSchema.parse({
    baseModel: { ref: 'tiny' },
    data: { files: ['data.jsonl'] },
    method: { kind: 'lora' },
  }),
  plan: planSchema.parse({}),
};
const step = (n: number, run_id = 'run-1'): RunEvent => ({
  type: 'step',
  ...head,
  run_id,
  step: n,
  of: 40,
  epoch: n / 40,
  loss: 1,
  learningRate: 0.1,
  gradNorm: 1,
  tokens: 10,
  seconds: 0.1,
  tokensPerSecond: 100,
  memory: { anon: n, file: 0 },
});

function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const events = openTrainerEvents(join(folder, 'output.log'));
  const file = events.env[EVENTS_VARIABLE]!;
  return { events, file, append: (text: string) => appendFileSync(file, text) };
}

it('says nothing before a run has begun, and then where it stands', async () => {
  const { events, append } = opened();
  append(encodeEvent(step(1)));
  await events.read();
  expect(events.facts()).toBeNull();
  append(encodeEvent(started) + encodeEvent({ type: 'phase', ...head, phase: 'train' }));
  append(encodeEvent(step(1)) + encodeEvent(step(2)) + encodeEvent(step(3)));
  append(encodeEvent({ type: 'checkpoint', ...head, step: 3, file: 'f', bytes: 9 }));
  append(encodeEvent(step(4)));
  await events.read();
  expect(events.facts()).toEqual({
    pid: 77,
    runId: 'run-1',
    folder: '/runs/run-1',
    attempt: 1,
    phase: 'train',
    step: 4,
    of: 40,
    prediction: null,
    checkpointStep: 3,
    memory: { anon: 4, file: 0 },
    end: null,
  });
});

it('leaves a line that is not whole until it is, and one that is no event for good', async () => {
  const { events, append } = opened();
  append(encodeEvent(started));
  const [line, cut] = [encodeEvent(step(5)), 60];
  append(`not JSON\n{"type":"step","step":9}\n{"type":"unknown"}\n${line.slice(0, cut)}`);
  await events.read();
  expect(events.facts()).toMatchObject({ runId: 'run-1', step: null });
  append(line.slice(cut));
  await events.read();
  expect(events.facts()?.step).toBe(5);
});

it('a line without an end does not fill memory, and those after it are read', async () => {
  const { events, append } = opened();
  append(encodeEvent(started));
  for (let i = 0; i < 5; i++) {
    append('x'.repeat(2 ** 19));
    await events.read();
  }
  append(`\n${encodeEvent(step(6))}`);
  for (let i = 0; i < 3; i++) await events.read();
  expect(events.facts()?.step).toBe(6);
});

it('follows the run begun last', async () => {
  const { events, append } = opened();
  append(encodeEvent(started) + encodeEvent(step(7)));
  append(encodeEvent({ ...started, run_id: 'run-2', pid: 78 }) + encodeEvent(step(8)));
  append(encodeEvent(step(2, 'run-2')));
  await events.read();
  expect(events.facts()).toMatchObject({ runId: 'run-2', pid: 78, step: 2 });
});

it('a resumed run stands where its checkpoint stands', async () => {
  const { events, append } = opened();
  append(encodeEvent({ ...started, attempt: 2, resumedFrom: { file: 'f', step: 12 } }));
  append(
    encodeEvent({
      type: 'run-ended',
      ...head,
      status: 'failed',
      step: 12,
      seconds: 1,
      error: { code: 'MEMORY_CANNOT_FIT', message: 'no' },
    }),
  );
  await events.read();
  expect(events.facts()).toMatchObject({
    attempt: 2,
    step: 12,
    checkpointStep: 12,
    end: { status: 'failed', error: 'MEMORY_CANNOT_FIT' },
  });
});

it('leaves no file behind, with a record or without', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const log of [join(folder, 'output.log'), null]) {
    const events = openTrainerEvents(log);
    const file = events.env[EVENTS_VARIABLE]!;
    expect(existsSync(file)).toBe(true);
    events.close();
    expect(existsSync(file)).toBe(false);
  }
});
