/** @file Which columns of a query's result hold source and target, and what one row of it gives. */
import { fail } from '#base';
import { findColumns, joinSource, KNOWN_PAIRS } from './columns.ts';
import type { Example } from './example.ts';
import { bestDescription } from './suggestions.ts';

/** The part that is used of what better-sqlite3 tells of a column. */
export interface ResultColumn {
  readonly name: string;
  /** As declared in the table; null for an expression. */
  readonly type: string | null;
}

export type Row = readonly unknown[];

/** An example, or the reason why the row gives none. */
export type RowReader = (row: Row) => Example | string;

/**
 * In this order: `original_query` with `suggestions` (a JSON list, see suggestions.ts); a known
 * pair of names; the first two columns of text. `first` is the first row: SQLite knows the type
 * of an expression only by its values. Throws DATA_COLUMNS_UNKNOWN.
 */
export function rowReader(
  file: string,
  query: string,
  columns: readonly ResultColumn[],
  first: Row,
): RowReader {
  const names = columns.map(({ name }) => name);
  const request = names.indexOf('original_query');
  const suggestions = names.indexOf('suggestions');
  if (request >= 0 && suggestions >= 0)
    return (row) => suggestionExample(row[request], row[suggestions]);

  const named = findColumns(names);
  if (named)
    return (row) => {
      const more = named.more === undefined ? '' : (textOf(row[named.more]) ?? '');
      return plainExample(row[named.source], more, row[named.target]);
    };

  const texts = columns.flatMap(({ type }, i) => (isText(type, first[i]) ? [i] : []));
  const [source, target] = texts;
  if (source === undefined || target === undefined) {
    const found = columns.map(({ name, type }) => (type ? `${name} (${type})` : name)).join(', ');
    fail('DATA_COLUMNS_UNKNOWN', { file, query, found, expected: KNOWN_PAIRS });
  }
  return (row) => plainExample(row[source], '', row[target]);
}

function suggestionExample(request: unknown, suggestions: unknown): Example | string {
  const source = textOf(request)?.trim() ?? '';
  if (source === '') return 'empty source';
  const best = bestDescription(textOf(suggestions) ?? '');
  return 'problem' in best ? best.problem : { source, target: best.text };
}

function plainExample(first: unknown, more: string, last: unknown): Example | string {
  const source = joinSource(textOf(first) ?? '', more);
  if (source.trim() === '') return 'empty source';
  const target = textOf(last) ?? '';
  return target.trim() === '' ? 'empty target' : { source, target };
}

/** Numbers count as text (a label may be one); NULL and blobs do not. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** SQLite's own rule for the affinity TEXT, plus the type JSON that many tables declare. */
function isText(type: string | null, value: unknown): boolean {
  return type === null ? typeof value === 'string' : /CHAR|CLOB|TEXT|JSON|STRING/i.test(type);
}
