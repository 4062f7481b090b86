/**
 * @file A small part of the grid of predictions (bench/prediction-cases.ts): real runs of the embedded base,
 * each under a kernel limit at the upper end of what was predicted for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { PREDICTION_CASES } from '../bench/prediction-cases.ts';
import { caseLine, measureCase, prepareGrid } from '../bench/prediction-grid.ts';
import { cgroupsUnavailable } from './cgroup.ts';

/** The shortest of each kind: sizes, methods, knobs that take memory apart or keep it. */
const NAMES = ['size', 'soft prompt of 20', 'full', 'in parts', 'int8, all that saves'];

/** One run says little: the kernel counts pages late, and garbage is collected when V8 likes. */
const TOLERANCE = 0.08;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-prediction-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cases = NAMES.map((wanted) => {
  const found = PREDICTION_CASES.find(
    ({ name, model, memory }) => name === wanted && model === 'embedded' && memory === 'freed',
  );
  if (!found) throw new Error(`internal: the grid has no case '${wanted}'`);
  return found;
});
const unavailable = cgroupsUnavailable();
if (unavailable) console.log(`predictions against real limits: skipped, ${unavailable}`);

test.skipIf(unavailable).for(cases)(
  '$name: as predicted, and no kill under the upper end of the prediction',
  { timeout: 600_000 },
  async (each) => {
    const facts = await measureCase(each, prepareGrid(folder, ['embedded']));
    console.log(caseLine(facts));
    expect(facts).toMatchObject({ kills: 0, trouble: null, steps: 2 });
    expect(Math.abs(facts.error)).toBeLessThan(TOLERANCE);
    expect(facts.measuredBytes).toBeLessThan(facts.intervalBytes[1]);
  },
);
