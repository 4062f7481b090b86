/** @file Memory over a step as a picture: what is drawn where. */
import { expect, test } from 'vitest';
import { memoryPicture } from './memory-picture.ts';
import { predictionOf } from './prediction.test-support.ts';

const MIB = 2 ** 20;
const picture = (changes: Parameters<typeof predictionOf>[0] = {}) =>
  memoryPicture(predictionOf(changes));

/** The corners of an area. */
function corners(svg: string, layer: string): (readonly [x: number, y: number])[] {
  const points = new RegExp(`<polygon class="${layer}" points="([^"]*)"`).exec(svg)?.[1] ?? '';
  return points
    .split(' ')
    .filter(Boolean)
    .map((point) => {
      const [x = NaN, y = NaN] = point.split(',').map(Number);
      return [x, y] as const;
    });
}

const heights = (svg: string, layer: string) => corners(svg, layer).map(([, y]) => y);
const limitAt = (svg: string) => Number(/<line class="limit" .* y1="([\d.]+)"/.exec(svg)?.[1]);

test('areas lie upon one another, in the proportions of their bytes', () => {
  const svg = picture();
  const actions = predictionOf().step.length;
  for (const layer of ['standing', 'values', 'session'])
    expect(corners(svg, layer)).toHaveLength(4 * actions);
  const zero = Math.max(...heights(svg, 'standing'));
  const limit = zero - limitAt(svg);
  // 40, 60 and 76 of 100 MiB; a corner is rounded to tenths.
  for (const [layer, part] of [
    ['standing', 0.4],
    ['values', 0.6],
    ['session', 0.76],
  ] as const)
    expect((zero - Math.min(...heights(svg, layer))) / limit).toBeCloseTo(part, 2);
});

test('the lower edge of an area is the upper one of that beneath', () => {
  const svg = picture();
  const half = 2 * predictionOf().step.length;
  const upperOfValues = corners(svg, 'values').slice(0, half);
  expect(corners(svg, 'session').slice(half).toReversed()).toEqual(upperOfValues);
});

test('the largest action is named, and so is the limit', () => {
  const svg = picture();
  expect(svg).toMatch(/<text [^>]*>head, 76 MiB<\/text>/);
  expect(svg).toMatch(/class="limit-text"[^>]*>limit 100 MiB</);
  expect(svg).toContain('At most 76 MiB, at head; limit 100 MiB (--memory)');
});

test('others get an area of their own where there are any', () => {
  expect(corners(picture(), 'others')).toEqual([]);
  const svg = picture({ baseline_bytes: 40 * MIB, predicted_peak_bytes: 116 * MIB });
  expect(corners(svg, 'others')).not.toEqual([]);
  expect(Math.min(...heights(svg, 'session'))).toBeLessThan(limitAt(svg)); // above: y goes down
});

test('a limit out of sight is told, not drawn', () => {
  const svg = picture({ limit_bytes: 4096 * MIB });
  expect(limitAt(svg)).toBeNaN();
  expect(svg).toContain('limit 4 GiB (--memory)');
});

test('names are text, whatever is in them, and nothing leaves the paper', () => {
  const [first] = predictionOf().step;
  const label = 'forward <script>&amp;';
  const svg = picture({ step: [{ ...first!, label }], limit_from: 'cgroup /a<b>&c' });
  expect(svg).not.toContain('<script');
  expect(svg).toContain('forward &lt;script&gt;&amp;amp;');
  expect(svg).toContain('cgroup /a&lt;b&gt;&amp;c');
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
  for (const [x, y] of ['standing', 'values', 'session'].flatMap((layer) => corners(svg, layer))) {
    expect(x).toBeLessThanOrEqual(width!);
    expect(y).toBeLessThanOrEqual(height!);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
  }
});
