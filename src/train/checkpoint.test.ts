/** @file What was saved comes back to the bit, or not at all, with a reason. */
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MomentStorage, PlimsollError, uniform } from '#base';
import { readSafetensorsHeader, writeSafetensors } from '#weights';
import { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { CheckpointTensors } from './checkpoint-tensors.ts';
import {
  bitsOf,
  sampleSpec,
  sampleTensors,
  sampleTensors8,
} from './checkpoint-samples.test-support.ts';
import { createBlockFloats, decodeAll, encodeAll, SIGNED, UNSIGNED } from './block-floats.ts';
import { type AdamWState, createAdamW } from './optimizer.ts';
import { type TrainingState } from './training-state.ts';

const STATE: TrainingState = {
  step: 7,
  epoch: 1,
  position: 4,
  lossSum: 0.1 + 0.2,
  lastLoss: 1 / 3,
  tokens: 2 ** 40,
  baseEvaluation: { loss: 5.5, exactMatch: 0 },
  lastEvaluation: { step: 6, loss: 2.5, exactMatch: 0.25 },
  bestEvaluation: { step: 4, loss: 2.25, exactMatch: null },
  evaluationsWithoutBetter: 1,
  stoppedEarly: false,
  seconds: 12.000000000000002,
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-checkpoint-'));
  file = join(folder, 'state.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('there and back', () => {
  test('tensors, state and spec come back to the bit', () => {
    const saved = filled();
    const bytes = saveCheckpoint(file, { spec: sampleSpec(), state: STATE }, saved);
    expect(bytes).toBe(statSync(file).size);
    const loaded = sampleTensors();
    expect(loadCheckpoint(file, sampleSpec(), loaded)).toEqual(STATE);
    expect(bitsOf(loaded)).toEqual(bitsOf(saved));
    expect(loaded.optimizer.steps).toBe(7);
    expect(inspectCheckpoint(file)).toEqual({ spec: sampleSpec(), state: STATE });
    expect(readdirSync(folder)).toEqual(['state.safetensors']);
  });

  test('the same state gives the same bytes', () => {
    save();
    const first = readFileSync(file);
    save();
    expect(readFileSync(file).equals(first)).toBe(true);
  });

  test('any tool that reads safetensors finds names, shapes and a version', () => {
    save();
    const { tensors, metadata } = readSafetensorsHeader(file);
    expect([...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join('x')}`))
      .toMatchInlineSnapshot(`
        [
          "adam.m.block.0.lora_A.weight F32 6x1",
          "adam.m.block.0.lora_B.weight F32 2x3",
          "adam.v.block.0.lora_A.weight F32 6x1",
          "adam.v.block.0.lora_B.weight F32 2x3",
          "param.block.0.lora_A.weight F32 6x1",
          "param.block.0.lora_B.weight F32 2x3",
        ]
      `);
    expect(metadata).toMatchObject({ format: 'plimsoll-checkpoint', version: '1' });
    expect(JSON.parse(metadata['state'] ?? '')).toEqual(STATE);
  });

  test('the best state is saved without the moments', () => {
    const saved = { ...filled(), optimizer: null };
    saveCheckpoint(file, { spec: sampleSpec(), state: STATE }, saved);
    const loaded = { ...sampleTensors(), optimizer: null };
    loadCheckpoint(file, sampleSpec(), loaded);
    expect(bitsOf(loaded)).toEqual(bitsOf(saved));
  });

  describe('with moments of 8 bits', () => {
    test('they come back to the bit, in a file that says what they are', () => {
      const saved = trained('8bit');
      const bytes = saveOf(saved);
      const loaded = sampleTensors8(5000);
      expect(load(loaded)).toEqual([]);
      expect(bitsOf(loaded)).toEqual(bitsOf(saved));
      expect(bytes).toBeLessThan(5000 * 6.1 + 4096);
      const { tensors } = readSafetensorsHeader(file);
      expect([...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join('x')}`))
        .toMatchInlineSnapshot(`
        [
          "adam.m.block.0.lora_B.weight F32 2x3",
          "adam.v.block.0.lora_B.weight F32 2x3",
          "adam8.m.scales.block.0.lora_A.weight F32 20",
          "adam8.v.scales.block.0.lora_A.weight F32 20",
          "param.block.0.lora_A.weight F32 5000x1",
          "param.block.0.lora_B.weight F32 2x3",
          "adam8.m.codes.block.0.lora_A.weight U8 5000x1",
          "adam8.v.codes.block.0.lora_A.weight U8 5000x1",
        ]
      `);
    });

    test('a plan with float32 goes on with just these numbers', () => {
      const saved = trained('8bit');
      saveOf(saved);
      const loaded = sampleTensors(5000);
      expect(load(loaded)).toEqual(['8bit']);
      const name = 'block.0.lora_A.weight';
      for (const [key, format] of [
        ['m', SIGNED],
        ['v', UNSIGNED],
      ] as const) {
        const blocks = saved.optimizer[key].get(name);
        if (!blocks || blocks instanceof Float32Array) throw new Error('internal: no blocks');
        const numbers = new Float32Array(5000);
        decodeAll(blocks, format, numbers);
        expect(loaded.optimizer[key].get(name)).toEqual(numbers);
      }
      // And back: what is one of the 8-bit numbers is not changed by being one.
      saveOf(loaded);
      const again = sampleTensors8(5000);
      expect(load(again)).toEqual(['fp32']);
      expect(bitsOf(again)).toEqual(bitsOf(saved));
    });

    test('from float32, each becomes the nearest', () => {
      const saved = trained('fp32');
      saveOf(saved);
      const loaded = sampleTensors8(5000);
      expect(load(loaded)).toEqual(['fp32']);
      const name = 'block.0.lora_A.weight';
      for (const [key, format] of [
        ['m', SIGNED],
        ['v', UNSIGNED],
      ] as const) {
        const [blocks, numbers] = [loaded, saved].map(({ optimizer }) => optimizer[key].get(name));
        if (!(numbers instanceof Float32Array) || !blocks || blocks instanceof Float32Array)
          throw new Error('internal: not as asked for');
        const nearest = createBlockFloats(5000);
        encodeAll(nearest, format, numbers);
        expect(blocks).toEqual(nearest);
      }
    });

    test('a byte changed is noticed', () => {
      saveOf(trained('8bit'));
      const whole = readFileSync(file);
      for (let at = 0; at < whole.length; at += Math.ceil(uniform(2, at) * 2000)) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(file, changed);
        expect(failure(sampleSpec(), sampleTensors8(5000))).toMatch(/^CHECKPOINT_/);
      }
    });
  });

  test('a state that JSON cannot hold is our own bug, and nothing is written', () => {
    expect(() => save({ lossSum: Number.NaN })).toThrow('internal: training state: lossSum');
    expect(() => save({ step: 8 })).toThrow('internal: AdamW at step 7, training at 8');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('refused', () => {
  test('another spec, with the fields that differ', () => {
    save();
    const other = sampleSpec({
      method: { kind: 'lora', r: 8, targetModules: ['q'] },
      hyperparameters: { learningRate: 1e-4 },
      data: { files: ['home.jsonl'], fingerprint: 'd2' },
    });
    expect(failure(other)).toMatchInlineSnapshot(
      `"CHECKPOINT_OTHER_SPEC: /state.safetensors is of another run: data.fingerprint: expected "d1", got "d2"; hyperparameters.learningRate: expected 0.00005, got 0.0001; method.r: expected 16, got 8; method.targetModules: expected ["q","v"], got ["q"]. A resumed run computes what it began with: leave these settings as they were, or start a new run, without --resume-from"`,
    );
  });

  test('the base of another model', () => {
    save();
    expect(failure(sampleSpec(), sampleTensors(5))).toMatchInlineSnapshot(
      `"CHECKPOINT_OTHER_MODEL: /state.safetensors: expected 'param.block.0.lora_A.weight' to be F32 [5, 1], as the model has it, got F32 [6, 1]. Is the base model the one that the run began with?"`,
    );
    const fewer = { parameters: sampleTensors().parameters, optimizer: null };
    expect(failure(sampleSpec(), fewer)).toMatchInlineSnapshot(
      `"CHECKPOINT_OTHER_MODEL: /state.safetensors: expected 'adam.m.block.0.lora_A.weight' to be absent, as the model has it, got a tensor. Is the base model the one that the run began with?"`,
    );
  });

  test('no file, a file of another kind, a newer version', () => {
    expect(failure()).toMatchInlineSnapshot(
      `"CHECKPOINT_MISSING: expected a checkpoint, /state.safetensors; there is none. The run ended before it wrote one: start it anew, without --resume-from"`,
    );
    writeSafetensors(file, [{ name: 'a', dtype: 'F32', shape: [1], data: new Float32Array(1) }]);
    expect(failure()).toMatchInlineSnapshot(
      `"CHECKPOINT_DAMAGED: /state.safetensors: expected a whole checkpoint, got a damaged one: it is a safetensors file of another kind. It cannot be resumed from: put back a copy of the file, or start the run anew, without --resume-from"`,
    );
    writeSafetensors(file, [], { format: 'plimsoll-checkpoint', version: '2' });
    expect(failure()).toMatchInlineSnapshot(
      `"CHECKPOINT_TOO_NEW: /state.safetensors: expected a checkpoint of format version 1 or older, got version 2. Resume it with the version of Plimsoll that wrote it"`,
    );
    writeFileSync(file, 'not at all');
    expect(failure()).toMatchInlineSnapshot(
      `"CHECKPOINT_DAMAGED: /state.safetensors: expected a whole checkpoint, got a damaged one: expected a header of at most 95.4 MiB, got 6998721781438902126 bytes. It cannot be resumed from: put back a copy of the file, or start the run anew, without --resume-from"`,
    );
  });

  test('a file cut short, wherever', () => {
    save();
    const whole = join(folder, 'whole');
    copyFileSync(file, whole);
    const { size } = statSync(file);
    for (let kept = 0; kept < size; kept += Math.ceil(uniform(1, kept) * 40)) {
      copyFileSync(whole, file);
      truncateSync(file, kept);
      expect(failure()).toMatch(/^CHECKPOINT_DAMAGED: /);
    }
  });

  test('a byte changed, wherever: never loaded as something else, never touched in part', () => {
    save();
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += Math.ceil(uniform(2, at) * 12)) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(file, changed);
      expect(failure()).toMatch(/^(CHECKPOINT_DAMAGED|CHECKPOINT_TOO_NEW): /);
    }
  });
});

function save(change: Partial<TrainingState> = {}): void {
  saveCheckpoint(file, { spec: sampleSpec(), state: { ...STATE, ...change } }, filled());
}

/** How loading fails; the arrays must be as they were. */
function failure(spec = sampleSpec(), into: CheckpointTensors = sampleTensors()): string {
  const before = bitsOf(into).join();
  try {
    loadCheckpoint(file, spec, into);
  } catch (error) {
    if (bitsOf(into).join() !== before) return 'loaded in part';
    if (!(error instanceof PlimsollError)) throw error;
    return `${error.code}: ${error.message.replaceAll(folder, '')}`;
  }
  return 'loaded';
}

/** Of a run of some steps: with scales and codes of all kinds. */
function trained(storage: MomentStorage): CheckpointTensors & { optimizer: AdamWState } {
  const { parameters } = sampleTensors(5000);
  const weights = new Map([...parameters].map(([name, { data }]) => [name, data]));
  const adamw = createAdamW(weights, { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, storage });
  for (let step = 0; step < STATE.step; step++) {
    const gradients = [...weights].map(
      ([name, data]) => [name, data.map((_, i) => uniform(step, i) - 0.5)] as const,
    );
    adamw.step(new Map(gradients), 0.01);
  }
  return { parameters, optimizer: adamw.state };
}

function saveOf(tensors: CheckpointTensors): number {
  return saveCheckpoint(file, { spec: sampleSpec(), state: STATE }, tensors);
}

/** What was said of another storage. */
function load(into: CheckpointTensors): string[] {
  const told: string[] = [];
  loadCheckpoint(file, sampleSpec(), into, (from) => told.push(from));
  return told;
}

/** Numbers of every kind that 32 bits can hold: also -0, subnormal, infinite, and NaN with a payload. */
function filled(): ReturnType<typeof sampleTensors> {
  const tensors = sampleTensors();
  const { parameters, optimizer } = tensors;
  const arrays = [
    ...[...parameters.values()].map(({ data }) => data),
    ...optimizer.m.values(),
    ...optimizer.v.values(),
  ];
  for (const [k, data] of arrays.entries()) {
    data.forEach((_, i) => (data[i] = uniform(k, i) - 0.5));
    new Uint32Array(data.buffer).set([0x80000000, 1, 0x7f800000, 0xffc12345]);
  }
  optimizer.steps = STATE.step;
  return tensors;
}
