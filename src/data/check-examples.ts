/** @file Whether data can be read as examples, told by its beginning. */
import type { RunSpec } from '#protocol';
import { openExamples } from './open-examples.ts';

/**
 * Reads the first example of each file, so that most of what is wrong with data is told before anything is
 * made for it. What is wrong further on is told when it is read.
 *
 * @throws PlimsollError DATA_*
 */
export async function checkExamples({
  files,
  query,
}: Pick<RunSpec['data'], 'files' | 'query'>): Promise<void> {
  for (const file of files) {
    const examples = openExamples(file, query === null ? {} : { query })[Symbol.asyncIterator]();
    await examples.next();
    await examples.return?.();
  }
}
