import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openExamples } from './open-examples.ts';
import { previewExamples } from './preview-examples.ts';

/** A token a word, and one for the end. */
const tokenizer = {
  eosId: 0,
  fingerprint: 'words',
  encode: (text: string) => [...text.split(' ').map((word) => Number(word) || 1), 0],
  decode: (ids: readonly number[]) => ids.filter((id) => id !== 0).join(' '),
};

test('the first are shown as they are cut, all are counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-preview-'));
  try {
    const file = join(folder, 'a.jsonl');
    const record = { prompt: '3 4 5', completion: '6' };
    writeFileSync(file, `${JSON.stringify(record)}\n`.repeat(7));
    const limits = { sourceMaxTokens: 3, targetMaxTokens: 2, first: 2 };
    const seen = await previewExamples(openExamples(file, { limit: 5 }), tokenizer, limits);
    const example = {
      source: { text: '3 4', tokens: 3, cut: true },
      target: { text: '6', tokens: 2, cut: false },
    };
    expect(seen).toEqual({ read: 5, examples: 5, skipped: {}, first: [example, example] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
