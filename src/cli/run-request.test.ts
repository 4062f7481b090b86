/** @file What is asked of the planner, and what is left to it. */
import { expect, test } from 'vitest';
import { planSchema, runSpecSchema } from '#protocol';
import { runRequest } from './run-request.ts';

const asked = async (
  flags: Readonly<Record<string, unknown>>,
  resumed?: Parameters<typeof runRequest>[2],
) => await runRequest(new Map(Object.entries(flags)), { baseModel: 'some/model' }, resumed);

test('flags of the plan are chosen by the user, all else by the planner', async () => {
  const { plan, pinned } = await asked({ '--micro-batch': 4, '--spill': true, '--epochs': 2 });
  expect(plan).toMatchObject({ microBatch: 4, spill: true });
  expect([...pinned].toSorted()).toEqual(['microBatch', 'spill']);
  expect((await asked({})).pinned.size).toBe(0);
});

test('a precision is chosen by its name; auto leaves it to the planner', async () => {
  expect((await asked({ '--precision': 'int8' })).pinned).toEqual(new Set(['precision']));
  expect((await asked({ '--precision': 'stored' })).pinned.size).toBe(0); // as `auto` is read
});

test('a resumed run keeps what changes its result, and is planned anew', async () => {
  const spec = runSpecSchema.parse({
    baseModel: { ref: 'some/model' },
    data: { files: ['/data.jsonl'] },
    method: { kind: 'lora' },
  });
  const plan = planSchema.parse({ precision: 'int8', microBatch: 2, optimizerState: '8bit' });
  const resumed = { spec, plan, base_model: 'some/model' };
  const request = await asked({}, resumed);
  expect(request.plan).toEqual(plan);
  expect(request.pinned).toEqual(new Set(['precision', 'optimizerState']));
});
