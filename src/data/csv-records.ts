/**
 * @file CSV (RFC 4180) as records of cells. The separators may be others than commas, and a quote
 * opens a cell only as its first character. Anything else with a quote in it is an error, as it is in
 * the standard: a file that was put together without quoting would be cut at the wrong places.
 *
 * By hand, because csv-parse passes each record through a stream and several buffers, which took
 * three times as long and left 64 MiB of garbage behind.
 */
import { linesOf, MAX_LINE_BYTES } from './text-lines.ts';

export interface CsvRecord {
  /** Where the record begins; it goes on over the line breaks in its quoted cells. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** What is wrong, in words, and where the record with it begins. */
export class CsvProblem extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/**
 * Blank lines, and lines of empty cells only, are no records.
 *
 * @param splits chooses the separator, a single character, by the first line that is not blank
 * @throws CsvProblem, and what linesOf throws
 */
export async function* recordsOf(
  file: string,
  splits: (header: string) => string,
): AsyncGenerator<CsvRecord> {
  let separator: string | undefined;
  let open: OpenRecord | undefined;
  for await (const { number, text } of linesOf(file)) {
    if (!open && text.trim() === '') continue;
    separator ??= splits(text);
    open ??= { line: number, cells: [], quoted: undefined, length: 0 };
    if (!takeLine(open, text, separator)) continue;
    if (!open.cells.every((cell) => cell.trim() === '')) yield open;
    open = undefined;
  }
  if (open) throw new CsvProblem(open.line, 'a quote (") that never closes');
}

/** A record of which not all lines have come. */
interface OpenRecord {
  readonly line: number;
  readonly cells: string[];
  /** What there is of a cell whose quote has not closed yet. */
  quoted: string | undefined;
  /** Characters, to stop in time where a quote is left open. */
  length: number;
}

/** Takes the next line into the record; says whether it ends there. */
function takeLine(record: OpenRecord, text: string, separator: string): boolean {
  record.length += text.length + 1;
  if (record.length > MAX_LINE_BYTES)
    throw new CsvProblem(
      record.line,
      `a record of more than ${MAX_LINE_BYTES} bytes; is a quote (") left open?`,
    );
  if (record.quoted === undefined && !text.includes('"')) {
    for (const cell of text.split(separator)) record.cells.push(cell);
    return true;
  }
  let at = 0;
  do {
    if (record.quoted === undefined && text[at] !== '"') {
      at = takePlainCell(record, text, at, separator);
    } else {
      const end = takeQuotedCell(record, text, at, separator);
      if (end === undefined) return false;
      at = end;
    }
  } while (at <= text.length); // a separator at the end has an empty cell behind it
  return true;
}

/** Takes a cell without quotes; returns where the next begins, beyond the line if it was the last. */
function takePlainCell(
  { line, cells }: OpenRecord,
  text: string,
  start: number,
  separator: string,
): number {
  const found = text.indexOf(separator, start);
  const end = found < 0 ? text.length : found;
  const cell = text.slice(start, end);
  if (cell.includes('"'))
    throw new CsvProblem(line, 'a quote (") inside a cell that does not begin with one');
  cells.push(cell);
  return end + 1;
}

/** As takePlainCell, from the opening quote on, or from the line's start where it was opened before. */
function takeQuotedCell(
  record: OpenRecord,
  text: string,
  start: number,
  separator: string,
): number | undefined {
  let at = record.quoted === undefined ? start + 1 : start;
  let cell = record.quoted ?? '';
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      record.quoted = `${cell}${text.slice(at)}\n`;
      return undefined;
    }
    cell += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    cell += '"'; // two quotes stand for one
    at++;
  }
  if (at < text.length && text[at] !== separator)
    throw new CsvProblem(record.line, 'text between a closing quote (") and the end of the cell');
  record.cells.push(cell);
  record.quoted = undefined;
  return at + 1;
}
