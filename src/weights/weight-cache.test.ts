/** @file The cache of converted weights: made once, never taken for another's, whatever happens to it. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PlimsollError } from '#base';
import { readSafetensorsHeader } from './safetensors-header.ts';
import { convertedWeights } from './weight-cache.ts';
import { writeSafetensors } from './write-safetensors.ts';

const CONVERTER = fileURLToPath(new URL('weight-converter.test-support.ts', import.meta.url));
const TSX = createRequire(import.meta.url).resolve('tsx');

let folder: string;
let original: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-weights-'));
  original = join(folder, 'model.safetensors');
  writeModel(1, 64);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.useRealTimers();
});

/** `count` matrices of `height` x 512. */
function writeModel(count: number, height: number): void {
  const tensors = Array.from({ length: count }, (_, i) => ({
    name: `w${i}`,
    dtype: 'F32' as const,
    shape: [height, 512],
    data: () => new Float32Array(height * 512).fill(i + 1),
  }));
  writeSafetensors(original, tensors);
}

interface Options {
  readonly cache?: string;
  readonly fingerprint?: string;
  readonly otherFolder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The file that came of it, and whether it was made now. */
function convert({ cache = 'cache', fingerprint = 'f', otherFolder, env }: Options = {}) {
  const { tensors } = readSafetensorsHeader(original);
  let made = false;
  const { file } = convertedWeights(
    {
      tensors: new Map(
        [...tensors].map(([name, from]) => [name, { from, storage: 'i8' } as const]),
      ),
      fingerprint,
      precision: 'int8',
      otherFolder,
      onConvert: () => (made = true),
    },
    env ?? { PLIMSOLL_CACHE: join(folder, cache) },
  );
  return { file, made };
}

function failure(options: Options): string {
  try {
    convert(options);
  } catch (error) {
    if (error instanceof PlimsollError) {
      return `${error.code}: ${error.message}`.replaceAll(folder, '');
    }
    throw error;
  }
  return 'no error';
}

test('converted once; again after damage, and for whatever is another original', () => {
  const { file, made } = convert();
  expect(made).toBe(true);
  expect(convert()).toEqual({ file, made: false });

  truncateSync(file, 1000);
  expect(convert()).toEqual({ file, made: true });

  expect(convert({ fingerprint: 'g' })).toMatchObject({ made: true });
  expect(convert()).toEqual({ file, made: false });

  writeModel(1, 128);
  expect(convert()).toMatchObject({ made: true });
  utimesSync(original, 1, 1); // as a file that was written later
  const touched = convert();
  expect(touched.made).toBe(true);
  expect(touched.file).not.toBe(file);
  expect(readdirSync(join(folder, 'cache/weights')).map((name) => name.slice(16))).toEqual([
    '-int8',
    '-int8',
    '-int8',
    '-int8',
  ]);
});

function placeOf(env: Readonly<Record<string, string>>): string {
  return dirname(dirname(convert({ env }).file));
}

test('the cache is where PLIMSOLL_CACHE says, else in the cache of the user', () => {
  expect(placeOf({ PLIMSOLL_CACHE: join(folder, 'mine') })).toBe(join(folder, 'mine/weights'));
  const user = { PLIMSOLL_CACHE: '', XDG_CACHE_HOME: join(folder, 'user') };
  expect(placeOf(user)).toBe(join(folder, 'user/plimsoll/weights'));
  vi.stubEnv('HOME', join(folder, 'home'));
  expect(placeOf({})).toBe(join(folder, 'home/.cache/plimsoll/weights'));
  expect(placeOf({ PLIMSOLL_CACHE: '~/own' })).toBe(join(folder, 'home/own/weights'));
  vi.unstubAllEnvs();
});

test('a cache that cannot be written: beside the run, or an error that says what to do', () => {
  writeFileSync(join(folder, 'occupied'), '');
  const otherFolder = join(folder, 'run/cache');
  const { file, made } = convert({ cache: 'occupied/cache', otherFolder });
  expect(made).toBe(true);
  expect(dirname(dirname(file))).toBe(otherFolder);
  expect(convert({ cache: 'occupied/cache', otherFolder })).toEqual({ file, made: false });
  expect(
    failure({ cache: 'occupied/cache' }).replace(/[0-9a-f]{16}/, '0123'),
  ).toMatchInlineSnapshot(
    `"WEIGHTS_NOT_WRITABLE: the converted weights /occupied/cache/weights/0123-int8/model.safetensors could not be written: a part of its path is not a folder. Set PLIMSOLL_CACHE to a folder that can be written, or use the weights as they are: --precision auto"`,
  );
  expect(failure({ cache: 'occupied' })).toContain('WEIGHTS_NOT_WRITABLE');
});

test('a full disk is named, with what is needed and what is free, and nothing is left there', ({
  skip,
}) => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]).status === 0;
  skip(!mounted, 'a small disk could not be mounted, which needs root');
  try {
    expect(failure({ cache: 'disk' }).replace(/[0-9a-f]{16}/, '0123')).toMatchInlineSnapshot(
      `"WEIGHTS_DISK_FULL: the disk is full: the converted weights /disk/weights/0123-int8/model.safetensors need 32.6 KiB, free there: 16 KiB. Nothing of them was kept. Free some space, set PLIMSOLL_CACHE to a folder that has room, or use the weights as they are: --precision auto"`,
    );
    expect(readdirSync(join(disk, 'weights'), { recursive: true })).toHaveLength(1);
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('what a kill left is removed when it is old; a conversion under way is left alone', () => {
  const { file } = convert();
  const [old, fresh] = ['.old.1.tmp', '.fresh.2.tmp'].map((name) => join(dirname(file), name));
  for (const each of [old!, fresh!]) writeFileSync(each, 'half');
  utimesSync(old!, new Date(), new Date(Date.now() - 3_600_000));
  rmSync(file);
  convert();
  expect(readdirSync(dirname(file)).toSorted()).toEqual([basename(fresh!), basename(file)]);
});

test('what none has used for a month goes when other weights are made, and nothing else', () => {
  const uses = ['dropped', 'opened again', 'of last week'];
  const files = uses.map((fingerprint) => convert({ fingerprint }).file);
  const cache = dirname(dirname(files[0]!));
  const unlike = join(cache, 'of-the-user');
  const kept = join(dirname(files[0]!), '../0123456789abcdef-int8/notes.txt');
  for (const file of [join(unlike, 'model.safetensors'), kept]) {
    mkdirSync(dirname(file));
    writeFileSync(file, 'mine');
  }
  for (const [file, days] of [
    [files[0]!, 31],
    [files[1]!, 31],
    [files[2]!, 7],
    [join(unlike, 'model.safetensors'), 400],
    [kept, 400],
  ] as const)
    age(file, days);
  expect(convert({ fingerprint: 'opened again' }).made).toBe(false);

  const { file } = convert({ fingerprint: 'new' });
  const left = [files[1]!, files[2]!, file, kept].map((each) => basename(dirname(each)));
  expect(readdirSync(cache).toSorted()).toEqual([...left, 'of-the-user'].toSorted());
  expect(existsSync(kept)).toBe(true);
});

/** As if it and its folder had been written `days` ago. */
function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * 86_400_000);
  for (const each of [path, dirname(path)]) utimesSync(each, then, then);
}

test('a process that has it open says daily that it is in use', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
  const { file } = convert();
  vi.advanceTimersByTime(40 * 86_400_000);
  expect(convert({ fingerprint: 'new' }).made).toBe(true);
  expect(existsSync(file)).toBe(true);
});

describe('processes of their own', () => {
  type Converter = ChildProcessByStdio<Writable, Readable, null>;

  /** Started and waiting. */
  async function converter(precision: 'int8' | 'int4' = 'int8') {
    const child: Converter = spawn(
      process.execPath,
      ['--conditions=source', `--import=${TSX}`, CONVERTER, original, precision],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, PLIMSOLL_CACHE: join(folder, 'cache') },
      },
    );
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: 'ready' });
    return {
      child,
      begin: () => child.stdin.write('\n'),
      outcome: async () => {
        const { value } = await lines.next();
        const outcome: { file: string; made: boolean; grown: number } = JSON.parse(String(value));
        return outcome;
      },
    };
  }

  test('two at once: both end with the same whole file', async () => {
    writeModel(4, 2048);
    const both = [await converter(), await converter()];
    for (const each of both) each.begin();
    const [one, other] = await Promise.all(both.map((each) => each.outcome()));
    expect(one?.file).toBe(other?.file);
    expect([one?.made, other?.made]).toContain(true);
    expect(readdirSync(dirname(one?.file ?? ''))).toEqual(['model.safetensors']);
    expect(convert()).toMatchObject({ made: false });
  });

  test('killed in the middle: no file of that name, and the next one makes it', async () => {
    writeModel(8, 2048);
    const { child, begin } = await converter();
    begin();
    const weights = join(folder, 'cache/weights');
    const written = () =>
      existsSync(weights)
        ? readdirSync(weights, { recursive: true })
            .map(String)
            .filter((name) => name.includes('.'))
        : [];
    while (written().length === 0) await new Promise(setImmediate);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(written().every((name) => name.endsWith('.tmp'))).toBe(true);
    const { file, made } = convert();
    expect(made).toBe(true);
    expect(convert()).toEqual({ file, made: false });
  });

  test.each(['int8', 'int4'] as const)(
    '%s of 128 MiB of weights takes less than 16 MiB of anonymous memory',
    async (precision) => {
      writeModel(2, 32128);
      const { begin, outcome } = await converter(precision);
      begin();
      const { grown, made } = await outcome();
      console.log(`${precision}: ${(grown / 2 ** 20).toFixed(1)} MiB`);
      expect(made).toBe(true);
      expect(grown).toBeLessThan(16 * 2 ** 20);
    },
  );
});
