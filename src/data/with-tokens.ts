/** @file Examples of a file, tokenized into a temporary folder for as long as they are used. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTokenCache, type Encoder } from './build-token-cache.ts';
import { openExamples } from './open-examples.ts';
import type { TokenCache } from './token-cache.ts';

export interface ExamplesToUse {
  readonly data: { readonly files: readonly string[]; readonly query: string | null };
  /** null: all */
  readonly maxSamples: number | null;
  readonly sourceMaxTokens: number;
  readonly targetMaxTokens: number;
}

/** @throws PlimsollError for data that is missing, damaged or empty */
export async function withTokens<T>(
  tokenizer: Encoder,
  { data, maxSamples, sourceMaxTokens, targetMaxTokens }: ExamplesToUse,
  use: (tokens: TokenCache) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tokens-'));
  try {
    const reader = openExamples([...data.files], {
      ...(data.query === null ? {} : { query: data.query }),
      ...(maxSamples === null ? {} : { limit: maxSamples }),
    });
    const options = { sourceMaxTokens, targetMaxTokens, folder };
    await using tokens = await buildTokenCache(reader, tokenizer, options);
    return await use(tokens);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
