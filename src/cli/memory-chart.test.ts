/** @file Memory over a step, in a terminal. */
import { expect, test } from 'vitest';
import { memoryChart } from './memory-chart.ts';
import { PLAIN } from './paint.ts';
import { predictionOf } from './prediction.test-support.ts';

const MIB = 2 ** 20;
const chart = (changes: Parameters<typeof predictionOf>[0] = {}, columns = 80) =>
  memoryChart(predictionOf(changes), { columns, paint: PLAIN }).join('\n');

test('a column for each action, and the limit across', () => {
  expect(chart()).toMatchInlineSnapshot(`
    "100 MiB ┤╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ limit
            │
     76 MiB ┤      ▇▇▇▂▂▂
            │   ▅▅▅██████▂▂▂
            │███████████████
            │███████████████
            │███████████████
            │███████████████
          0 └───────────────
             forward head backward"
  `);
});

test('what others use lies beneath, and what is over the limit goes through its line', () => {
  const others = { baseline_bytes: 40 * MIB, predicted_peak_bytes: 116 * MIB };
  expect(chart(others)).toMatchInlineSnapshot(`
    "116 MiB ┤      ▆▆▆▁▁▁
    100 MiB ┤▁▁▁▅▅▅██████▃▃▃ limit
            │███████████████
            │███████████████
            │███████████████
            │███████████████
            │███████████████
            │███████████████
          0 └───────────────
             forward head backward"
  `);
});

test('a limit that is far above is left out, not the shape of the step', () => {
  const high = chart({ limit_bytes: 1024 * MIB });
  expect(high).not.toContain('limit');
  expect(high).toBe(chart({ limit_bytes: null }));
  expect(high.split('\n')[0]).toContain('76 MiB');
});

test('more actions than columns: the largest of those that share one is seen', () => {
  const [first] = predictionOf().step;
  const step = Array.from({ length: 300 }, (_, i) =>
    i === 151 ? { ...first!, label: 'head', bytes: 76 * MIB } : first!,
  );
  const lines = chart({ step, limit_bytes: null }, 60).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  expect(lines[0]).toMatch(/^76 MiB ┤ +\S$/);
  expect(lines.at(-1)).toMatch(/^ +forward +head backward$/);
});

test('it is never wider than the terminal', () => {
  for (const columns of [40, 60, 100])
    for (const line of chart({}, columns).split('\n'))
      expect(line.length).toBeLessThanOrEqual(columns);
});
