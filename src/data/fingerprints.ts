/** @file Names for data: what the examples are, and what they become under a tokenizer and its limits. */
import { createHash, type Hash } from 'node:crypto';
import { fingerprintOf } from '#base';
import type { Example } from './example.ts';

/** Raise it when the same examples would become other tokens. */
const TOKENIZATION_VERSION = 1;

/**
 * Hashes examples one by one, in order. The name hangs on the texts alone: not on the file's
 * name, the shape of its lines, or rows that gave no example.
 */
export class DataFingerprint {
  readonly #hash: Hash = createHash('sha256');

  add({ source, target }: Example): void {
    // The lengths keep ('ab', 'c') apart from ('a', 'bc').
    this.#hash.update(`${source.length} ${target.length}\n`).update(source).update(target);
  }

  /** sha256 in hex; nothing can be added afterwards. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** The fingerprint of a whole pass over `examples`. */
export async function dataFingerprintOf(examples: AsyncIterable<Example>): Promise<string> {
  const fingerprint = new DataFingerprint();
  for await (const example of examples) fingerprint.add(example);
  return fingerprint.digest();
}

export interface TokenOptions {
  /** Ids that a source may have, the end-of-sequence id included. */
  readonly sourceMaxTokens: number;
  readonly targetMaxTokens: number;
}

/** The name of a token cache: equal names, equal tokens. */
export function cacheFingerprint(
  dataFingerprint: string,
  tokenizerFingerprint: string,
  { sourceMaxTokens, targetMaxTokens }: TokenOptions,
): string {
  return fingerprintOf({
    version: TOKENIZATION_VERSION,
    dataFingerprint,
    tokenizerFingerprint,
    sourceMaxTokens,
    targetMaxTokens,
  });
}
