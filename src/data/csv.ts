/** @file CSV and TSV (RFC 4180, plus `;` and tabs): a header line, then one example a record. */
import { CsvError, parse, type Parser } from 'csv-parse';
import { fail } from '#base';
import { findColumns, joinSource, KNOWN_PAIRS, type Columns } from './columns.ts';
import { isProblem, type Example, type Problem, type ReadOptions, type Tally } from './example.ts';
import { checked } from './record.ts';
import { shown } from './shown.ts';
import { linesOf, MAX_LINE_BYTES } from './text-lines.ts';

/** What may stand between cells: the one that splits the header into the most cells is taken. */
const DELIMITERS = [',', ';', '\t'] as const;

/**
 * Throws DATA_HEADER_UNKNOWN, and DATA_LINE_MALFORMED for a record with another number of cells,
 * a blank source or target, or a quote that does not close.
 */
export async function* csvExamples(
  file: string,
  { limit = Infinity }: ReadOptions,
  tally: Tally,
): AsyncGenerator<Example> {
  let header: { cells: readonly string[]; columns: Columns } | undefined;
  for await (const { line, cells } of recordsOf(file)) {
    if (!header) {
      const columns = findColumns(cells);
      if (!columns)
        fail('DATA_HEADER_UNKNOWN', {
          file,
          line,
          header: shown(cells.join(', ')),
          expected: KNOWN_PAIRS,
        });
      header = { cells, columns };
      continue;
    }
    tally.read++;
    const result = exampleFrom(cells, header);
    if (isProblem(result)) fail('DATA_LINE_MALFORMED', { file, line, ...result });
    yield result;
    if (tally.read >= limit) return;
  }
}

function exampleFrom(
  cells: readonly string[],
  header: { cells: readonly string[]; columns: Columns },
): Example | Problem {
  const { source, more, target } = header.columns;
  if (cells.length !== header.cells.length)
    return {
      expected: `${header.cells.length} cells, as the header has`,
      found: `${cells.length}: ${shown(cells.join(' | '))}`,
    };
  const first = cells[source] ?? '';
  const rest = more === undefined ? '' : (cells[more] ?? '');
  return checked({ source: joinSource(first, rest), target: cells[target] ?? '' });
}

interface CsvRecord {
  /** Where the record begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * The records of the file, header included; blank lines and lines of delimiters only are passed
 * over. The parser is fed and drained line by line rather than through a pipe: a stream that
 * fails throws its finished records away, and with them the place of the failure.
 */
async function* recordsOf(file: string): AsyncGenerator<CsvRecord> {
  let parser: Parser | undefined;
  let before = 0; // lines that the parser was not given
  let ended = 0; // the last line of the newest record
  const place = ({ record, info }: Parsed): CsvRecord => {
    ended = before + info.lines;
    return { line: ended - breaksIn(record), cells: record };
  };
  for await (const { number, text } of linesOf(file)) {
    if (!parser && text.trim() === '') continue;
    if (!parser) before = number - 1;
    parser ??= newParser(text);
    parser.write(`${text}\n`);
    for (;;) {
      const parsed: Parsed | null = parser.read();
      if (!parsed) break;
      const record = place(parsed);
      if (!isBlank(record)) yield record;
    }
    if (parser.errored) malformed(file, ended + 1, parser.errored);
  }
  if (!parser) return;
  parser.end();
  try {
    for await (const parsed of parser as AsyncIterable<Parsed>) {
      const record = place(parsed);
      if (!isBlank(record)) yield record;
    }
  } catch (error) {
    malformed(file, ended + 1, error);
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function newParser(header: string): Parser {
  const parser = parse({
    delimiter: splitsBest(header),
    info: true,
    max_record_size: MAX_LINE_BYTES, // a quote that never closes must not swallow the whole file
    record_delimiter: '\n',
    relax_column_count: true, // counted above, for a message of our own
    skip_empty_lines: true,
  });
  parser.on('error', () => {
    // Without a listener it would end the process; recordsOf asks for it after each line.
  });
  return parser;
}

function isBlank({ cells }: CsvRecord): boolean {
  return cells.every((cell) => cell.trim() === '');
}

function splitsBest(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const cells = (delimiter: string): number => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, other) => (cells(other) > cells(best) ? other : best));
}

function breaksIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
}

const CSV_PROBLEMS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote (") that never closes',
  CSV_INVALID_CLOSING_QUOTE: 'text between a closing quote (") and the end of the cell',
  INVALID_OPENING_QUOTE: 'a quote (") inside a cell that does not begin with one',
  CSV_MAX_RECORD_SIZE: `a record of more than ${MAX_LINE_BYTES} bytes; is a quote (") left open?`,
};

function malformed(file: string, line: number, cause: unknown): never {
  if (!(cause instanceof CsvError)) throw cause;
  const expected =
    'cells in which quotes, line breaks and delimiters are quoted, and quotes doubled';
  const found = CSV_PROBLEMS[cause.code] ?? cause.message;
  fail('DATA_LINE_MALFORMED', { file, line, expected, found }, { cause });
}
