/** @file Reading, naming, tokenizing: the same memory for 60,000 examples as for 5,000. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeManyExamples } from '../bench/many-examples.ts';
import { plimsollCommand } from '../bench/plimsoll.ts';
import { runTraining } from '../bench/training.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-data-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('twelve times the examples take no more memory to prepare', async ({ skip }) => {
  skip(!existsSync('/proc/self/smaps_rollup'), 'memory is read from /proc, which is not here');
  // Not fewer: V8 compiles what they run through, which takes 4 MiB, in the first tenth of a second.
  const few = await preparing(5000);
  const many = await preparing(60_000);
  console.log(`anonymous memory: ${mib(few)} MiB, with 60,000 examples ${mib(many)} MiB`);
  expect(many - few).toBeLessThan(3 * 2 ** 20);
});

/** The most anonymous bytes while `count` examples are prepared. */
async function preparing(count: number): Promise<number> {
  const data = join(folder, `${count}.jsonl`);
  await writeManyExamples(data, count);
  const options = ['--data', data, '--max-samples', 'all', '--max-steps', '2'];
  const command = plimsollCommand(
    'train',
    '--json',
    '--output-dir',
    join(folder, 'output'),
    ...options,
  );
  const { memory } = await runTraining(command, 20);
  const most = memory?.phases['prepare-data'];
  if (most === undefined) throw new Error('internal: the phase was not seen');
  return most;
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
