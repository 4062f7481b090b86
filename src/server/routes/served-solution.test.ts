/** @file Solutions in, what a client may ask for out. */
import { expect, test } from 'vitest';
import type { Remedy } from '#protocol';
import { servedSolution } from './served-solution.ts';

const MIB = 2 ** 20;
const SERVING = {
  capacity: { bytes: 512 * MIB },
  places: { roots: ['/roots'], embeddedModel: 'plimsoll-mini' },
};
const PLAIN = { change: 'so', predicted_peak_bytes: 200 * MIB };
const COMPOSE = ['  deploy:', '    resources:'];
const limit = { bytes: 768 * MIB, reservation_bytes: null };
const plan = { recompute: 'all', loss_chunk: 16, spill: true } as const;
const retry = (memory: number) => ({ order: { ...plan, memory }, same_result: true });

const CASES: readonly [string, Partial<Remedy>, Partial<Remedy>][] = [
  [
    'a plan under a limit that there is: the command that asks for it',
    { lines: ['plimsoll train --resume-from /runs/a'], retry: retry(256 * MIB) },
    {
      lines: ['plimsoll retry 7 --memory=256M --recompute=all --loss-chunk=16 --spill'],
      retry: retry(256 * MIB),
    },
  ],
  [
    'as much as all runs may use',
    { lines: [], retry: retry(512 * MIB) },
    {
      lines: ['plimsoll retry 7 --memory=512M --recompute=all --loss-chunk=16 --spill'],
      retry: retry(512 * MIB),
    },
  ],
  ['more than that', { lines: ['plimsoll train'], retry: retry(513 * MIB) }, { lines: [] }],
  [
    'its own limit, which would be more than that',
    { lines: ['plimsoll run --memory 768M'], limit, retry: retry(768 * MIB) },
    { lines: [], limit },
  ],
  ["a container's limit is to be copied", { lines: COMPOSE, limit }, { lines: COMPOSE, limit }],
  ["what is for the run's folder is not", { lines: ['plimsoll train'] }, { lines: [] }],
];

test.each(CASES)('%s', (_, remedy, served) => {
  expect(servedSolution({ ...PLAIN, lines: [], ...remedy }, 7, SERVING)).toEqual({
    ...PLAIN,
    ...served,
  });
});
