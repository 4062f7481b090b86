/**
 * @file The difference of two texts as `diff -u` and `git diff` show it. Pure.
 *
 * For small changes of one file: after a difference the nearest line that agrees again counts, which is a
 * right answer always, and the shortest one for changes that lie apart.
 */

/** Lines with their marks, the two of the head first; none where the texts are the same. */
export function diffLines(name: string, before: string, after: string): string[] {
  const rows = rowsOf(linesOf(before), linesOf(after));
  const hunks = hunksOf(rows);
  return hunks.length === 0 ? [] : [`--- ${name}`, `+++ ${name}`, ...hunks.flatMap(hunkLines)];
}

const CONTEXT = 3;
const NO_NEWLINE = '\n\\ No newline at end of file';

interface Row {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}${NO_NEWLINE}`];
}

function rowsOf(before: readonly string[], after: readonly string[]): Row[] {
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const { gone, added } = difference(before, after, i, j);
    rows.push(...before.slice(i, i + gone).map((text) => ({ mark: '-', text }) as const));
    rows.push(...after.slice(j, j + added).map((text) => ({ mark: '+', text }) as const));
    [i, j] = [i + gone, j + added];
    const same = before[i];
    if (same !== undefined) rows.push({ mark: ' ', text: same });
    [i, j] = [i + 1, j + 1];
  }
  return rows;
}

/** How many lines to pass over on each side until two agree, or both ends are reached. */
function difference(before: readonly string[], after: readonly string[], i: number, j: number) {
  const most = before.length - i + (after.length - j);
  for (let far = 0; far <= most; far++) {
    for (let gone = 0; gone <= far; gone++) {
      const added = far - gone;
      if (i + gone > before.length || j + added > after.length) continue;
      if (before[i + gone] === after[j + added]) return { gone, added };
    }
  }
  return { gone: before.length - i, added: after.length - j };
}

interface Hunk {
  /** of its first line, from 0, on either side */
  readonly before: number;
  readonly after: number;
  readonly rows: readonly Row[];
}

function hunksOf(rows: readonly Row[]): Hunk[] {
  const changed = [...rows.keys()].filter((i) => rows[i]?.mark !== ' ');
  const near = (i: number) => changed.some((at) => Math.abs(at - i) <= CONTEXT);
  const hunks: { before: number; after: number; rows: Row[] }[] = [];
  let [before, after] = [0, 0];
  let open = false;
  for (const [i, row] of rows.entries()) {
    if (near(i)) {
      if (!open) hunks.push({ before, after, rows: [] });
      hunks.at(-1)?.rows.push(row);
    }
    open = near(i);
    if (row.mark !== '+') before++;
    if (row.mark !== '-') after++;
  }
  return hunks;
}

function hunkLines({ before, after, rows }: Hunk): string[] {
  const range = (start: number, without: Row['mark']) => {
    const count = rows.filter(({ mark }) => mark !== without).length;
    return `${count === 0 ? start : start + 1},${count}`;
  };
  const head = `@@ -${range(before, '+')} +${range(after, '-')} @@`;
  return [head, ...rows.flatMap(({ mark, text }) => `${mark}${text}`.split('\n'))];
}
