/** @file CSV and TSV (RFC 4180, plus `;` and tabs): a header line, then one example a record. */
import { fail } from '#base';
import { CsvProblem, recordsOf } from './csv-records.ts';
import { findColumns, joinSource, KNOWN_PAIRS, type Columns } from './columns.ts';
import { isProblem, type Example, type Problem, type ReadOptions, type Tally } from './example.ts';
import { checked } from './record.ts';
import { shown } from './shown.ts';

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
  for await (const { line, cells } of soundRecordsOf(file)) {
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

async function* soundRecordsOf(file: string): ReturnType<typeof recordsOf> {
  try {
    yield* recordsOf(file, splitsBest);
  } catch (cause) {
    if (!(cause instanceof CsvProblem)) throw cause;
    const expected =
      'cells in which quotes, line breaks and delimiters are quoted, and quotes doubled';
    fail(
      'DATA_LINE_MALFORMED',
      { file, line: cause.line, expected, found: cause.message },
      { cause },
    );
  }
}

function splitsBest(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const cells = (delimiter: string): number => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, other) => (cells(other) > cells(best) ? other : best));
}
