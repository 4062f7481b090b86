/** @file JSONL: one JSON object a line. */
import { fail } from '#base';
import { isProblem, type Example, type ReadOptions, type Tally } from './example.ts';
import { exampleOf } from './record.ts';
import { shown } from './shown.ts';
import { linesOf } from './text-lines.ts';

/**
 * A line that gives no example stops the reading (DATA_LINE_MALFORMED): such files are made for
 * training, so a bad line means that something went wrong where the file was made.
 */
export async function* jsonlExamples(
  file: string,
  { limit = Infinity }: ReadOptions,
  tally: Tally,
): AsyncGenerator<Example> {
  for await (const { number: line, text } of linesOf(file)) {
    if (text.trim() === '') continue;
    tally.read++;
    const result = exampleOf(parsed(file, line, text));
    if (isProblem(result)) fail('DATA_LINE_MALFORMED', { file, line, ...result });
    yield result;
    if (tally.read >= limit) return;
  }
}

function parsed(file: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const expected = 'one JSON object on the line';
    return fail('DATA_LINE_MALFORMED', { file, line, expected, found: shown(text) }, { cause });
  }
}
