/** @file CSV and TSV (RFC 4180, plus `;` and tabs): a header line, then one example a record. */
import { CsvError, Parser } from 'csv-parse';
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
 * over. The parser is fed and drained line by line.
 */
async function* recordsOf(file: string): AsyncGenerator<CsvRecord> {
  let parser: LineParser | undefined;
  let before = 0; // lines that the parser was not given
  let ended = 0; // the last line of the newest record
  function* place(parsed: readonly Parsed[]): Generator<CsvRecord> {
    for (const { cells, lines } of parsed) {
      ended = before + lines;
      if (!isBlank(cells)) yield { line: ended - breaksIn(cells), cells };
    }
  }
  for await (const { number, text } of linesOf(file)) {
    if (!parser && text.trim() === '') continue;
    if (!parser) before = number - 1;
    parser ??= lineParser(text);
    const { records, error } = parser(Buffer.from(`${text}\n`));
    yield* place(records);
    if (error) malformed(file, ended + 1, error);
  }
  if (!parser) return;
  const { records, error } = parser(undefined);
  yield* place(records);
  if (error) malformed(file, ended + 1, error);
}

interface Parsed {
  readonly cells: readonly string[];
  /** Lines that the parser was given up to the end of this record. */
  readonly lines: number;
}

/** Takes the next bytes, or undefined for the end; gives the records that they complete. */
type LineParser = (bytes: Buffer | undefined) => {
  readonly records: readonly Parsed[];
  readonly error: unknown;
};

/**
 * csv-parse's stream is a shell around this function. We call it ourselves: a stream that fails throws
 * its finished records away, and its queues keep each record until V8's old generation is full.
 */
interface ParserCore {
  parse(
    bytes: Buffer | undefined,
    end: boolean,
    push: (cells: readonly string[]) => void,
    close: () => void,
  ): unknown;
  readonly info: { readonly lines: number };
}

function lineParser(header: string): LineParser {
  const parser = new Parser({
    delimiter: splitsBest(header),
    max_record_size: MAX_LINE_BYTES, // a quote that never closes must not swallow the whole file
    record_delimiter: '\n',
    relax_column_count: true, // counted above, for a message of our own
    skip_empty_lines: true,
  });
  const core = coreOf(parser);
  return (bytes) => {
    const records: Parsed[] = [];
    const error = core.parse(
      bytes,
      bytes === undefined,
      // With its option `info` it copies a dozen counts for each record, which the heap keeps as long.
      (cells) => records.push({ cells, lines: core.info.lines }),
      () => {},
    );
    return { records, error };
  };
}

/** Its types leave it out (csv-parse 7.0.3). */
function coreOf(parser: Parser & { readonly api?: ParserCore }): ParserCore {
  if (!parser.api) throw new Error('internal: csv-parse has no api');
  return parser.api;
}

function isBlank(cells: readonly string[]): boolean {
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
