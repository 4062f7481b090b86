/** @file What goes in comes out, damage is seen, a sound cache is reused, memory stays small. */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { PlimsollError } from '#base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildTokenCache, type BuildOptions, type Encoder } from './build-token-cache.ts';
import type { Example } from './example.ts';
import { openExamples } from './open-examples.ts';
import { openTokenCache, type TokenCache } from './token-cache.ts';
import { entryNumbers, HEADER_BYTES, numberBytes, readEntry } from './token-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The simplest tokenizer there is: an id for each byte of the text, then the end id. */
const EOS = 1;
const bytes: Encoder = {
  encode: (text) => [...Array.from(Buffer.from(text), (byte) => byte + 2), EOS],
  eosId: EOS,
  fingerprint: 'bytes',
};

test('every example comes back, in any order, however long the file', async () => {
  const text = fc.string({ minLength: 1, maxLength: 300 }).filter((value) => value.trim() !== '');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ source: text, target: text }), { minLength: 1, maxLength: 200 }),
      async (examples) => {
        const cache = await build(examples);
        expect(cache.length).toBe(examples.length);
        for (const [i, { source, target }] of [...examples.entries()].toReversed()) {
          const ids = cache.at(i);
          expect([...ids.source]).toEqual(bytes.encode(source));
          expect([...ids.target]).toEqual(bytes.encode(target));
          expect(cache.lengths(i)).toEqual({
            source: ids.source.length,
            target: ids.target.length,
          });
        }
        cache.close();
      },
    ),
    { numRuns: 20 },
  );
});

test('examples over the limit are cut, end with the end id, and are counted by side', async () => {
  const cache = await build(
    [
      { source: 'abc', target: 'abcd' },
      { source: 'abcd', target: 'ab' },
      { source: 'abcdef', target: 'abcdefghi' },
    ],
    { sourceMaxTokens: 4, targetMaxTokens: 5 },
  );
  const [a, b, c, d] = bytes.encode('abcd');
  expect([...cache.at(0).source]).toEqual([a, b, c, EOS]);
  expect([...cache.at(0).target]).toEqual([a, b, c, d, EOS]);
  expect([...cache.at(1).source]).toEqual([a, b, c, EOS]);
  expect([...cache.at(2).target]).toEqual([a, b, c, d, EOS]);
  expect(cache.stats).toEqual({
    examples: 3,
    longestSource: 4,
    longestTarget: 5,
    truncatedSource: 2,
    truncatedTarget: 1,
    skipped: {},
  });
  cache.close();
});

test('a tokenizer without an end id is cut without one', async () => {
  const plain: Encoder = { ...bytes, encode: (text) => [...Buffer.from(text)] };
  const cache = await build([{ source: 'abc', target: 'abc' }], { sourceMaxTokens: 2 }, plain);
  expect([...cache.at(0).source]).toEqual([...Buffer.from('ab')]);
  cache.close();
});

test('a sound cache is reused; other data, limits or tokenizer make another', async () => {
  const examples = [{ source: 'abc', target: 'def' }];
  const first = await build(examples);
  const before = readFileSync(first.file);
  let calls = 0;
  const counting = { ...bytes, encode: (text: string) => (calls++, bytes.encode(text)) };
  const again = await build(examples, {}, counting);
  expect(calls).toBe(0);
  expect(again.fingerprint).toBe(first.fingerprint);
  expect(again.stats).toEqual(first.stats);

  const others = [
    await build([...examples, { source: 'x', target: 'y' }], {}, counting),
    await build([{ source: 'abcd', target: 'ef' }], {}, counting),
    await build(examples, { sourceMaxTokens: 10 }, counting),
    await build(examples, { targetMaxTokens: 10 }, counting),
    await build(examples, {}, { ...counting, fingerprint: 'other bytes' }),
  ];
  expect(calls).toBe(2 * 6);
  expect(new Set([first, ...others].map(({ fingerprint }) => fingerprint)).size).toBe(6);
  expect(others.slice(2).every((other) => other.dataFingerprint === first.dataFingerprint)).toBe(
    true,
  );
  expect(readFileSync(first.file).equals(before)).toBe(true);
  for (const cache of [first, again, ...others]) cache.close();
});

test('the name of the data hangs on the examples, not on how they are kept', async () => {
  const one = await build([{ source: 'a', target: 'b' }]);
  const csv = join(folder, 'same.csv');
  writeFileSync(csv, '\ufefftext,label\r\n\r\n"a",b\r\n');
  const two = await buildTokenCache(openExamples(csv), bytes, options({}));
  expect(two.file).toBe(one.file);
  one.close();
  two.close();
});

test('damage anywhere is seen and the cache made again; a resume refuses it', async () => {
  const examples = Array.from({ length: 50 }, (_, i) => ({ source: `s${i}`, target: `t${i}` }));
  const cache = await build(examples);
  cache.close();
  const whole = readFileSync(cache.file);
  const damages: ((copy: Buffer) => Buffer)[] = [
    (copy) => copy.subarray(0, 100),
    (copy) => copy.subarray(0, -4),
    (copy) => Buffer.concat([copy, Buffer.alloc(4)]),
    () => Buffer.alloc(0),
    (copy) => copy.fill(0, 0, 4096),
    ...[4096, 4500, copyEnd(whole), 60].map((at) => (copy: Buffer) => {
      copy[at] = (copy[at] ?? 0) ^ 4;
      return copy;
    }),
  ];
  for (const damage of damages) {
    writeFileSync(cache.file, damage(Buffer.from(whole)));
    expect(() => openTokenCache(cache.file)).toThrow(PlimsollError);
    const mended = await build(examples);
    expect([...mended.at(49).target]).toEqual(bytes.encode('t49'));
    mended.close();
    expect(readFileSync(cache.file).equals(whole)).toBe(true);
  }
});

test('a resume opens the cache by its file, without the data', async () => {
  const cache = await build([{ source: 'a', target: 'b' }]);
  cache.close();
  await using opened = openTokenCache(cache.file);
  expect(opened.fingerprint).toBe(cache.fingerprint);
  expect([...opened.at(0).source]).toEqual(bytes.encode('a'));
  expect(() => openTokenCache(join(folder, 'none.bin'))).toThrow('there is no such file');
});

test('a failure on the way leaves nothing behind, and an older cache as it was', async () => {
  const file = join(folder, 'data.jsonl');
  writeFileSync(file, '{"prompt":"a","completion":"b"}\n');
  const failing: Encoder = {
    ...bytes,
    encode: () => {
      throw new Error('tokenizer broke');
    },
  };
  await expect(buildTokenCache(openExamples(file), failing, options({}))).rejects.toThrow(
    'tokenizer broke',
  );
  writeFileSync(file, '{"prompt":"a","completion":"b"}\n{}\n');
  await expect(buildTokenCache(openExamples(file), bytes, options({}))).rejects.toThrow('line 2');
  expect(readdirSync(folder)).toEqual(['data.jsonl']);
  await expect(
    buildTokenCache(openExamples(file, { limit: 1 }), bytes, {
      ...options({}),
      folder: join(file, 'sub'),
    }),
  ).rejects.toThrow('could not be written');
});

test('what a killed builder left is removed after an hour', async () => {
  const [old, young] = ['.tokens.1-aa.tmp', '.tokens.2-bb.tmp'];
  for (const name of [old, young]) writeFileSync(join(folder, name), 'half');
  const longAgo = Date.now() / 1000 - 4000;
  utimesSync(join(folder, old), longAgo, longAgo);
  (await build([{ source: 'a', target: 'b' }])).close();
  expect(readdirSync(folder)).not.toContain(old);
  expect(readdirSync(folder)).toContain(young);
});

test('two builders at once end with one whole cache', async () => {
  const examples = Array.from({ length: 200 }, (_, i) => ({ source: `s${i}`, target: `t${i}` }));
  const caches = await Promise.all([build(examples), build(examples), build(examples)]);
  expect(new Set(caches.map(({ file }) => file)).size).toBe(1);
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  for (const cache of caches) {
    expect([...cache.at(199).source]).toEqual(bytes.encode('s199'));
    cache.close();
  }
});

test('data that changes between the two passes gets the name of what was tokenized', async () => {
  let pass = 0;
  const changing = {
    files: [],
    counts: { read: 1, skipped: {} },
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve({ source: `pass ${++pass}`, target: 'x' });
    },
  };
  (
    await build([{ source: 'there is a cache, so the data is read to name it', target: 'x' }])
  ).close();
  const cache = await buildTokenCache(changing, bytes, options({}));
  const honest = await build([{ source: 'pass 2', target: 'x' }]);
  expect(cache.file).toBe(honest.file);
  expect([...cache.at(0).source]).toEqual(bytes.encode('pass 2'));
  cache.close();
  honest.close();
});

test('where there is no cache yet, one pass over the data does', async () => {
  let passes = 0;
  const counted = {
    files: [],
    counts: { read: 1, skipped: {} },
    async *[Symbol.asyncIterator]() {
      passes++;
      yield await Promise.resolve({ source: 'a', target: 'b' });
    },
  };
  for (const expected of [1, 2]) {
    (await buildTokenCache(counted, bytes, options({}))).close();
    expect(passes).toBe(expected); // the second time to name the data
  }
});

test('a cache of two million examples takes no memory, nor does writing it', async () => {
  const count = 2_000_000;
  const endless = {
    files: [],
    counts: { read: count, skipped: {} },
    async *[Symbol.asyncIterator]() {
      const example = await Promise.resolve({ source: 'a', target: 'b' });
      for (let i = 0; i < count; i++) yield example;
    },
  };
  const ids = [7];
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const cache = await buildTokenCache(
    endless,
    { encode: () => ids, eosId: EOS, fingerprint: 'one id' },
    options({ onProgress: () => (most = Math.max(most, process.memoryUsage().arrayBuffers)) }),
  );
  expect([...cache.at(count - 1).target]).toEqual(ids);
  most = Math.max(most, process.memoryUsage().arrayBuffers);
  // An index in memory would be 16 MiB; two blocks on the way to the file are 128 KiB.
  expect(most - before).toBeLessThan(2 ** 20);
  cache.close();
});

test('an index entry holds a start beyond 32 bits', () => {
  const file = join(folder, 'entry');
  const entry = { start: 5 * 2 ** 32 + 2 ** 31 + 7, source: 3, target: 2 ** 24 };
  const bytesOf = numberBytes(Int32Array.from(entryNumbers(entry)));
  writeFileSync(file, Buffer.concat([Buffer.alloc(HEADER_BYTES), bytesOf]));
  const fd = openSync(file, 'r');
  expect(readEntry(fd, { tokens: 0 }, 0)).toEqual(entry);
  closeSync(fd);
});

test('progress, and skipped records of the data, are told', async () => {
  const file = join(folder, 'data.jsonl');
  writeFileSync(file, '{"prompt":"a","completion":"b"}\n'.repeat(2500));
  const told: number[] = [];
  const cache = await buildTokenCache(openExamples(file), bytes, {
    ...options({}),
    onProgress: (count) => told.push(count),
  });
  expect(told).toEqual([1000, 2000, 2500]);
  cache.close();
});

test('what is no example of the cache, or comes after close(), is our own bug', async () => {
  const cache = await build([{ source: 'a', target: 'b' }]);
  expect(() => cache.at(1)).toThrow('internal: example 1 of 1');
  expect(() => cache.lengths(-1)).toThrow('internal:');
  cache.close();
  cache.close();
  expect(() => cache.at(0)).toThrow('internal: token cache used after close()');
  await expect(build([{ source: 'a', target: 'b' }], { sourceMaxTokens: 0 })).rejects.toThrow(
    'internal:',
  );
});

function copyEnd(whole: Buffer): number {
  return whole.length - 1;
}

function options(changes: Partial<BuildOptions>): BuildOptions {
  return { sourceMaxTokens: 1000, targetMaxTokens: 1000, folder, ...changes };
}

let files = 0;
async function build(
  examples: readonly Example[],
  changes: Partial<BuildOptions> = {},
  encoder = bytes,
): Promise<TokenCache> {
  const file = join(folder, `data-${files++}.jsonl`);
  writeFileSync(file, examples.map((example) => `${JSON.stringify(example)}\n`).join(''));
  return buildTokenCache(openExamples(file), encoder, options(changes));
}
