/** @file The texts that `plimsoll generate` is to answer, in the groups in which they come. */
import { fail, systemCodeOf } from '#base';
import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import type { ReadStream } from 'node:tty';

type Input = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY'>>;

/**
 * One group of all texts; on a terminal, where nobody knows the next one yet, one group for each.
 *
 * @throws PlimsollError TEXTS_MISSING, TEXT_FILE_UNREADABLE, FLAG_MISPLACED
 */
export async function textsFrom(
  words: readonly string[],
  file: string | undefined,
  input: Input,
): Promise<AsyncIterable<string[]>> {
  if (words.length > 0 && file !== undefined)
    fail('FLAG_MISPLACED', { flag: '--file', expected: 'without texts', got: 'with some' });
  if (words.length > 0) return one([...words]);
  if (file !== undefined) return one(notEmpty(linesOf(readFile(file)), `none in ${file}`));
  if (input.isTTY) return asked(input);
  return one(notEmpty(linesOf(await readAll(input)), 'none on standard input'));
}

async function* one(texts: string[]): AsyncGenerator<string[]> {
  yield texts;
}

/** Ends with Ctrl-D, or Ctrl-C on an empty line. */
async function* asked(input: NodeJS.ReadableStream): AsyncGenerator<string[]> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input, output: process.stderr, prompt: '> ' });
  try {
    lines.prompt();
    for await (const line of lines) {
      if (line.trim() !== '') yield [line];
      lines.prompt();
    }
  } finally {
    lines.close();
  }
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function notEmpty(texts: string[], got: string): string[] {
  return texts.length > 0 ? texts : fail('TEXTS_MISSING', { got });
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = REASONS[systemCodeOf(error) ?? ''];
    if (reason === undefined) throw error;
    return fail('TEXT_FILE_UNREADABLE', { file, reason }, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};
