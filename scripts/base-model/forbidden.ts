/**
 * @file Sentences that the corpus must not hold: those of the data on which the model is tuned and
 * tested later. Compared without case, punctuation and spacing, each sentence of a text by itself.
 * What this cannot see: the same request in other words.
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { readPairs, type Pair } from './pairs.ts';

/** "Turn OFF the lamp, please!" -> "turn off the lamp please" */
export function normalised(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%°]+/gu, ' ')
    .trim();
}

/** All sentences of the files that exist: JSONL with prompt and completion, or a household's SQLite. */
export function readForbidden(files: readonly string[]): Set<string> {
  const sentences = new Set<string>();
  const add = (text: string): void => {
    for (const part of sentencesOf(text)) sentences.add(part);
  };
  for (const file of files) {
    if (!existsSync(file))
      throw new Error(`expected a data file whose sentences to leave out, found no ${file}`);
    if (file.endsWith('.jsonl')) {
      for (const { prompt, completion } of readPairs(file)) {
        add(prompt);
        add(completion);
      }
    } else for (const text of readHousehold(file)) add(text);
  }
  sentences.delete('');
  return sentences;
}

/** Whether a pair holds one of them, also behind a task's prefix or spread over span filling. */
export function holdsForbidden(forbidden: ReadonlySet<string>, pair: Pair): boolean {
  if (forbidden.size === 0) return false;
  const texts = [pair.prompt, pair.completion, unmasked(pair)];
  return texts.some((text) => sentencesOf(text).some((sentence) => forbidden.has(sentence)));
}

/** The whole text, and its parts between prefix signs and ends of sentences. */
function sentencesOf(text: string): string[] {
  return [text, ...text.split(/[.?!](?=\s|$)|: | [/|] |\n/)]
    .map(normalised)
    .filter((sentence) => sentence !== '');
}

/** The text of a span filling pair with its words put back. */
function unmasked({ prompt, completion }: Pair): string {
  if (!prompt.includes('<extra_id_0>')) return '';
  const spans = completion.split(/<extra_id_\d+>/).slice(1);
  return prompt.replace(/<extra_id_(\d+)>/g, (_, id: string) => (spans[Number(id)] ?? '').trim());
}

function readHousehold(file: string): string[] {
  const database = new Database(file, { readonly: true });
  try {
    const rows = database.prepare('SELECT original_query, suggestions FROM ask_ai_queries').raw();
    return [...rows.iterate()].flatMap((row) => {
      const [query, suggestions] = Array.isArray(row) ? (row as unknown[]) : [];
      return [...(typeof query === 'string' ? [query] : []), ...descriptions(suggestions)];
    });
  } finally {
    database.close();
  }
}

function descriptions(suggestions: unknown): string[] {
  if (typeof suggestions !== 'string') return [];
  try {
    const list: unknown = JSON.parse(suggestions);
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry: unknown) =>
      typeof entry === 'object' &&
      entry !== null &&
      'description' in entry &&
      typeof entry.description === 'string'
        ? [entry.description]
        : [],
    );
  } catch {
    return []; // some rows of a household's history are broken on purpose
  }
}
