/** @file A step within memory that shrinks: another plan, the same gradients; or an end before it is too late. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Plan, planSchema } from '#protocol';
import type { Room } from './memory-guard.ts';
import { OutOfRoom } from './memory-guard.ts';
import { openProgram } from './open-program.ts';
import { TINY_EXAMPLES, tinyPart, writeTinyBase } from './tiny-base.test-support.ts';
import type { TrainingProgram } from './training-program.ts';
import { accumulateStep } from './training-step.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-guard-'));
afterAll(() => rmSync(folder, { recursive: true }));
const base = writeTinyBase(folder);
const MIB = 2 ** 20;

test('room enough: the plan stays', async () => {
  await using guarded = await open(() => 512 * MIB);
  await guarded.step();
  expect(guarded.adapted).toEqual([]);
});

// The guard keeps 6 MiB in reserve; all values of a tiny step take 200 KiB.
test.each([
  ['little room: fewer examples at once', 145, { microBatch: 3, recompute: 'none' }],
  ['less: one by one, and computed again', 24, { microBatch: 1, recompute: 'all' }],
])('%s, the same loss and gradients', async (_, kib, plan) => {
  await using free = await open(() => 512 * MIB);
  const expected = await free.step();
  await using guarded = await open(() => 6 * MIB + kib * 1024);
  const got = await guarded.step();
  expect(guarded.adapted.at(-1)).toMatchObject(plan);
  expectSame(got, expected);
});

test('memory that goes in the middle of a micro-batch: it begins again under a smaller plan', async () => {
  await using free = await open(() => 512 * MIB);
  const expected = await free.step();
  let asked = 0;
  await using guarded = await open(() => (++asked === 8 ? 0 : 512 * MIB));
  const got = await guarded.step();
  expect(guarded.adapted).toHaveLength(1);
  expectSame(got, expected);
});

test('memory that goes for good: what the step held is given back', async () => {
  let asked = 0;
  await using guarded = await open(() => (++asked < 8 ? 512 * MIB : 0));
  await expect(guarded.step()).rejects.toThrow(OutOfRoom);
  expect(guarded.program.usedBytes).toBe(0);
  expect(guarded.program.touchedBytes).toBe(0);
});

test('no plan fits: the step is refused with the numbers, before anything is computed', async () => {
  await using guarded = await open(() => 5 * MIB);
  const refused = await guarded.step().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OutOfRoom);
  const { needed, room } = refused instanceof OutOfRoom ? refused : { needed: 0, room: null };
  expect(needed).toBeGreaterThan(6 * MIB);
  expect(room).toEqual({ bytes: 5 * MIB, from: 'a limit of this test' });
  expect(guarded.program.touchedBytes).toBe(0);
});

function expectSame(got: Step, expected: Step): void {
  expect(Math.abs(got.loss / expected.loss - 1)).toBeLessThan(1e-6);
  for (const [name, gradient] of got.gradients) {
    const reference = expected.gradients.get(name)!;
    const scale = Math.max(...reference.map(Math.abs));
    gradient.forEach((x, i) => expect(Math.abs(x - reference[i]!)).toBeLessThan(1e-5 * scale));
  }
}

interface Step {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

interface Guarded extends AsyncDisposable {
  readonly program: TrainingProgram;
  /** the plans that it went over to */
  readonly adapted: readonly Plan[];
  step(): Promise<Step>;
}

async function open(bytesLeft: () => number): Promise<Guarded> {
  const { model } = base;
  const part = tinyPart(base, 'lora');
  const plan = planSchema.parse({ threads: 1 });
  const adapted: Plan[] = [];
  const room = (): Room => ({ bytes: bytesLeft(), from: 'a limit of this test' });
  const program = await openProgram({
    model,
    tensors: base.tensors,
    part,
    dropout: 0.1,
    plan,
    spillFolder: folder,
    room,
    onAdapt: (now) => adapted.push(now),
  });
  return {
    program,
    adapted,
    async step() {
      const gradients = new Map(
        [...part.parameters].map(([name, { data }]) => [name, new Float32Array(data.length)]),
      );
      const { loss } = await accumulateStep(program, TINY_EXAMPLES, 3, gradients, {
        model,
        plan,
        virtualTokens: 0,
        seed: 7,
        lossAverage: 'token',
        examplesPerStep: TINY_EXAMPLES.length,
      });
      return { loss, gradients };
    },
    [Symbol.asyncDispose]: () => program.close(),
  };
}
