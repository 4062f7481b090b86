/** @file A run that is killed again and again ends with the same bytes as one that is left alone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stream } from '#base';
import { trainWatched } from './plimsoll.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const SEED = 20260101;
const KILLS = 20;
const STEPS = 60;

let root: string;
let common: string[];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-resume-'));
  const model = writeSmallModel(join(root, 'model'));
  const data = writeExamples(join(root, 'data.jsonl'), 44);
  common = [
    '--base-model',
    model,
    '--data',
    data,
    '--held-out',
    '0.1',
    '--max-steps',
    String(STEPS),
    '--learning-rate',
    '1e-2',
    '--checkpoint-every',
    '4',
    '--eval-every',
    '15',
    '--target-max-tokens',
    '8',
    '--early-stopping',
    '100',
  ];
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Twenty kills are forty starts: half a minute on two free cores. */
const LONG = 600_000;

test(
  `LoRA: ${KILLS} kills by SIGKILL, the same adapter`,
  async () => {
    const whole = await trained('whole', [], 'adapter/adapter_model.safetensors');
    const draw = stream(SEED);
    let kills = 0;
    const fallen: string[] = [];
    for (let run = 0; kills < KILLS; run++) {
      const folder = join(root, `killed-${run}`);
      let words = [...common, '--run-directory', folder];
      let end: Awaited<ReturnType<typeof trainWatched>> | undefined;
      for (let attempt = 0; !end || end.signal === 'SIGKILL'; attempt++) {
        // A step to go, and a while after it: within a step, an evaluation or a checkpoint.
        const steps = 1 + (draw(2 * (run * 100 + attempt)) % 24);
        const delay = draw(2 * (run * 100 + attempt) + 1) % 30;
        let seen = 0;
        end = await trainWatched(words, ({ type, step }, child) => {
          if (type === 'step' && ++seen === steps && kills < KILLS) {
            fallen.push(`${run}:${step}`);
            setTimeout(() => child.kill('SIGKILL'), delay);
          }
        });
        if (end.signal === 'SIGKILL') kills++;
        words = ['--resume-from', folder];
      }
      expect(end, end.stderr).toMatchObject({ code: 0 });
      expect(adapterOf(folder).equals(whole), `run ${run}`).toBe(true);
    }
    console.log(`${kills} kills, by run and step (seed ${SEED}): ${fallen.join(' ')}`);
    expect(kills).toBe(KILLS);
  },
  LONG,
);

test.each([
  [
    'soft-prompt',
    ['--method', 'soft-prompt', '--virtual-tokens', '3'],
    'adapter/adapter_model.safetensors',
  ],
  ['full', ['--method', 'full'], 'model/model.safetensors'],
  ['full-8bit', ['--method', 'full', '--optimizer-state', '8bit'], 'model/model.safetensors'],
])('%s: one SIGKILL and one Ctrl-C, the same tensors', async (name, flags, file) => {
  const whole = await trained(`${name}-whole`, flags, file);
  const folder = join(root, name);
  const killed = await trainWatched(
    [...common, ...flags, '--run-directory', folder],
    (event, child) => {
      if (event.type === 'step' && event.step === 11) child.kill('SIGKILL');
    },
  );
  expect(killed.signal).toBe('SIGKILL');
  const interrupted = await trainWatched(['--resume-from', folder], (event, child) => {
    if (event.type === 'step' && event.step === 30) child.kill('SIGINT');
  });
  expect(interrupted.code).toBe(130);
  const resumed = await trainWatched(['--resume-from', folder], () => {});
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, file)).equals(whole)).toBe(true);
});

test("the optimizer's state may be stored in another way from then on, which is said", async () => {
  const folder = join(root, 'other-state');
  const words = [...common, '--method', 'full', '--optimizer-state', '8bit'];
  const interrupted = await trainWatched([...words, '--run-directory', folder], (event, child) => {
    if (event.type === 'step' && event.step === 11) child.kill('SIGINT');
  });
  expect(interrupted.code).toBe(130);
  const warnings: unknown[] = [];
  const resumed = await trainWatched(
    ['--resume-from', folder, '--optimizer-state', 'fp32'],
    (event) => {
      if (event.type === 'warning') warnings.push(event);
    },
  );
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  expect(warnings).toMatchObject([{ code: 'OPTIMIZER_STATE_CONVERTED' }]);
});

async function trained(name: string, flags: readonly string[], file: string): Promise<Buffer> {
  const folder = join(root, name);
  const end = await trainWatched([...common, ...flags, '--run-directory', folder], () => {});
  expect(end, end.stderr).toMatchObject({ code: 0 });
  return readFileSync(join(folder, file));
}

const adapterOf = (folder: string): Buffer =>
  readFileSync(join(folder, 'adapter/adapter_model.safetensors'));
