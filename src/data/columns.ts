/** @file By which names the two texts of an example are known, in JSON objects, CSV headers and SQL results. */

/** Source and target, in the order of preference where a file has several of them. */
const PAIRS = [
  ['prompt', 'completion'],
  ['prompt', 'response'],
  ['instruction', 'response'],
  ['instruction', 'output'],
  ['source', 'target'],
  ['input', 'output'],
  ['question', 'answer'],
  ['text', 'label'],
  ['text', 'summary'],
] as const;

/** Where an example's texts stand: positions in a list of names. */
export interface Columns {
  readonly source: number;
  /** More text for the source (`input` beside `instruction`), on a line of its own; may be blank. */
  readonly more?: number;
  readonly target: number;
}

/** Finds a known pair among `names`; letter case and spaces around a name do not count. */
export function findColumns(names: readonly string[]): Columns | undefined {
  const plain = names.map((name) => name.trim().toLowerCase());
  for (const [sourceName, targetName] of PAIRS) {
    const source = plain.indexOf(sourceName);
    const target = plain.indexOf(targetName);
    if (source < 0 || target < 0) continue;
    const more = sourceName === 'instruction' ? plain.indexOf('input') : -1;
    return more < 0 ? { source, target } : { source, more, target };
  }
  return undefined;
}

/** The names above, for messages. */
export const KNOWN_PAIRS = PAIRS.map((pair) => pair.join('/')).join(', ');

/** The source from its two parts. */
export function joinSource(first: string, more: string): string {
  return more.trim() === '' ? first : `${first}\n${more}`;
}
