/** @file A verdict, and memory up to the end, as a terminal shows them. */
import { expect, test } from 'vitest';
import type { Verdict } from '#protocol';
import { verdictLines } from '#supervise';
import { historyChart } from './history-chart.ts';
import { PLAIN } from './paint.ts';

const MIB = 2 ** 20;
const options = { paint: PLAIN, columns: 72 };

const VERDICT: Verdict = {
  cause: 'oom-own-limit',
  grade: 'proven',
  exit_code: null,
  signal: 'SIGKILL',
  limit_bytes: 100 * MIB,
  limit_from: '--memory',
  baseline_bytes: 0,
  peak_bytes: 100 * MIB,
  peak_file_bytes: 3 * MIB,
  predicted_peak_bytes: null,
  phase: null,
  step: null,
  of: null,
  run_folder: null,
  seconds: 4.4,
  evidence: ['end: SIGKILL after 4.4 s', 'counter: memory.failcnt of /docker/ab12/run: 0 -> 96'],
  missing: ['the kernel log: /dev/kmsg: not allowed (kernel.dmesg_restrict)'],
  remedies: [
    { change: 'smaller parameters', lines: [], predicted_peak_bytes: null },
    {
      change: 'a higher limit',
      lines: ['plimsoll run --memory 192M -- ...'],
      predicted_peak_bytes: 120 * MIB,
    },
  ],
};

test('headline, numbers, evidence, what was not read, solutions', () => {
  expect(verdictLines(VERDICT, options).join('\n')).toMatchInlineSnapshot(`
    "OUT OF MEMORY (OOM) KILL DETECTED
      verdict        oom-own-limit, proven: the command's own limit was
                     reached, and the kernel killed it
      return code    -9 (SIGKILL)
      limit          100 MiB, set by --memory
      in use before  0 B
      peak           100 MiB that the kernel cannot take back, and 3 MiB of
                     files
      time           4.4 s

    EVIDENCE
      - end: SIGKILL after 4.4 s
      - counter: memory.failcnt of /docker/ab12/run: 0 -> 96

    NOT READ
      - the kernel log: /dev/kmsg: not allowed (kernel.dmesg_restrict)

    SOLUTIONS
      1. smaller parameters (peak: unknown)
      2. a higher limit (peak: 120 MiB)
           plimsoll run --memory 192M -- ..."
  `);
});

test('an end that is no matter of memory has no solutions', () => {
  const ended: Verdict = {
    ...VERDICT,
    cause: 'error',
    exit_code: 3,
    signal: null,
    remedies: [],
  };
  const text = verdictLines(ended, options).join('\n');
  expect(text).toMatch(/^ENDED WITH AN ERROR\n/);
  expect(text).toMatch(/return code +3\n/);
  expect(text).not.toMatch(/SOLUTIONS/);
});

test.each([
  [{ phase: 'evaluate', step: 12, of: 40 }, 'evaluate, after step 12 of 40'],
  [{ phase: 'open-model', step: 12, of: null }, 'open-model, after step 12'], // resumed
  [{ phase: 'prepare-data', step: null, of: null }, 'prepare-data'],
] as const)('what a trainer of ours was doing: %o', (trainer, text) => {
  const verdict: Verdict = { ...VERDICT, ...trainer, predicted_peak_bytes: 90 * MIB };
  const lines = verdictLines(verdict, options);
  expect(lines).toContain('  predicted      90 MiB');
  expect(lines).toContain(`  was doing      ${text}`);
});

test('memory over time: samples that lie close share a column, wide ones go on as they were', () => {
  const samples = [0, 0.1, 0.2, 0.3, 1, 3].map((seconds, i) => ({
    seconds,
    unreclaimable: (20 + 15 * i) * MIB,
  }));
  expect(historyChart(samples, { ...VERDICT, seconds: 4 }, options).join('\n'))
    .toMatchInlineSnapshot(`
    "100 MiB ┤╌╌╌╌╌╌╌╌╌╌╌╌▂▂▂▂▂▂ limit
            │   ▁▁▁▁▁▁▁▁▁██████
            │   ███████████████
            │██████████████████
            │██████████████████
            │██████████████████
            │██████████████████
            │██████████████████
          0 └──────────────────
             0 s          4.0 s
    "
  `);
});

test('a single sample is no chart', () => {
  expect(historyChart([{ seconds: 0, unreclaimable: MIB }], VERDICT, options)).toEqual([]);
});
