/**
 * @file Weights in files cost no anonymous memory, whatever their type: a process of its own opens and
 * runs a graph over 128 MiB of them, and the kernel says what kind of pages it then has.
 */
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WeightStorage } from '#base';
import type { WeightLocation } from './external-data.ts';

const MIB = 2 ** 20;
const WEIGHTS = 16;
const WEIGHT_BYTES = 8 * MIB;
/** What ONNX Runtime, one weight as float32 (16 MiB) and the allocator may keep besides. */
const SMALL = 48 * MIB;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-memory-'));
const file = join(folder, 'model.safetensors');
beforeAll(() => {
  writeFileSync(file, Uint8Array.of(1, 2, 3)); // so that no weight is aligned
  for (let i = 0; i < WEIGHTS; i++) {
    // Each its own number: ONNX Runtime prepacks equal weights once.
    appendFileSync(file, new Uint8Array(new Float32Array(WEIGHT_BYTES / 4).fill(i + 1).buffer));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Opens and runs y = sum of x W; prints bytes before opening, after opening and after running. */
const CHILD = `
  import { readFileSync } from 'node:fs';
  import { GraphBuilder } from '#grad';
  import { openSession } from '#onnx';

  const { file, storage, prepacking, weights, bytes } = JSON.parse(process.argv[1]);
  const rows = bytes / (storage === 'f32' ? 4 : 2) / 1024;
  const g = new GraphBuilder('large');
  const x = g.input('x', 'f32', ['B', rows]);
  const names = Array.from({ length: weights }, (_, i) => 'w' + i);
  const y = names
    .map((name) => g.matmul(x, g.weight(name, [rows, 1024])))
    .reduce((sum, product) => g.add(sum, product));
  const bind = (name) => ({
    file, storage, offset: 3 + names.indexOf(name) * bytes, length: bytes, shape: [rows, 1024],
  });
  const feeds = { x: { dtype: 'f32', shape: [4, rows], data: new Float32Array(4 * rows) } };

  // The kernel's sums over all mappings, in kB: https://docs.kernel.org/filesystems/proc.html
  function memory() {
    const text = readFileSync('/proc/self/smaps_rollup', 'utf8');
    const of = (key) => 1024 * Number(text.match(new RegExp('^' + key + ':\\\\s+(\\\\d+) kB', 'm'))[1]);
    const anonymous = of('Anonymous');
    return { anonymous, file: of('Rss') - anonymous };
  }

  const before = memory();
  const session = await openSession(g.finish({ y }), bind, {
    threads: 2, arena: false, memoryPattern: false, prepacking,
  });
  const opened = memory();
  for (let run = 0; run < 2; run++) await session.run(feeds);
  console.log(JSON.stringify({ before, opened, ran: memory() }));
`;

/**
 * Runs y = x W^T and dx = dy W, and prints the most anonymous memory that a second thread saw while
 * that went on, above what there was before the session was opened.
 */
const PEAK_CHILD = `
  import { readFileSync } from 'node:fs';
  import { Worker } from 'node:worker_threads';
  import { GraphBuilder } from '#grad';
  import { openSession } from '#onnx';

  const { where, rows } = JSON.parse(process.argv[1]);
  const [out, width] = where.shape;
  const g = new GraphBuilder('head');
  const x = g.input('x', 'f32', ['N', width]);
  const dy = g.input('dy', 'f32', ['N', out]);
  const w = g.weight('w', where.shape);
  const graph = g.finish({ y: g.matmul(x, w, { transB: true }), dx: g.matmul(dy, w) });
  const tensor = (...shape) => ({ dtype: 'f32', shape, data: new Float32Array(shape[0] * shape[1]).fill(1) });
  const feeds = { x: tensor(rows, width), dy: tensor(rows, out) };
  const into = { y: tensor(rows, out), dx: tensor(rows, width) };

  const shared = new Int32Array(new SharedArrayBuffer(8)); // the most seen, in kB; times looked
  const watcher = new Worker(\`
    const { workerData: shared } = require('node:worker_threads');
    const { openSync, readSync } = require('node:fs');
    const status = openSync('/proc/self/status');
    const text = Buffer.alloc(4096);
    for (;;) {
      readSync(status, text, 0, text.length, 0);
      const kB = parseInt(text.latin1Slice(text.indexOf("RssAnon:") + 8, text.indexOf("RssAnon:") + 32));
      if (kB > shared[0]) shared[0] = kB;
      shared[1]++;
    }
  \`, { // The more it looks the more garbage it makes: its heap must not grow by what it looks for.
    eval: true, execArgv: [], workerData: shared, resourceLimits: { maxYoungGenerationSizeMb: 1 },
  });
  const looked = async (times) => {
    const until = Atomics.load(shared, 1) + times;
    while (Atomics.load(shared, 1) < until) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await looked(200);
  Atomics.store(shared, 0, 0);
  await looked(20);
  const before = shared[0];
  const session = await openSession(graph, () => where, {
    threads: 2, arena: false, memoryPattern: false, prepacking: false,
  });
  for (let run = 0; run < 5; run++) await session.run(feeds, into);
  console.log(JSON.stringify({ grown: (shared[0] - before) * 1024, looked: shared[1] }));
  await watcher.terminate();
`;

interface Pages {
  readonly anonymous: number;
  readonly file: number;
}

function runChild(program: string, given: string) {
  return promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--import=tsx', '--input-type=module', `--eval=${program}`, given],
    // Each run is on another thread: what one has freed shall serve the next.
    { env: { ...process.env, MALLOC_ARENA_MAX: '1' } },
  );
}

async function grown(options: { storage: string; prepacking: boolean }) {
  const given = { ...options, file, weights: WEIGHTS, bytes: WEIGHT_BYTES };
  const { stdout } = await runChild(CHILD, JSON.stringify(given));
  const seen: Record<'before' | 'opened' | 'ran', Pages> = JSON.parse(stdout);
  return {
    opening: seen.opened.anonymous - seen.before.anonymous,
    anonymous: seen.ran.anonymous - seen.before.anonymous,
    file: seen.ran.file - seen.before.file,
  };
}

describe.skipIf(!existsSync('/proc/self/smaps_rollup'))('128 MiB of weights', () => {
  test.each(['f32', 'f16', 'bf16'])('stored as %s stay pages of their file', async (storage) => {
    const { opening, anonymous, file: mapped } = await grown({ storage, prepacking: false });
    expect(opening).toBeLessThan(SMALL);
    expect(anonymous).toBeLessThan(SMALL);
    expect(mapped).toBeGreaterThan(0.9 * WEIGHTS * WEIGHT_BYTES);
  });

  test('are copied to memory by prepacking: the measurement sees a copy', async () => {
    const { opening } = await grown({ storage: 'f32', prepacking: true });
    expect(opening).toBeGreaterThan(0.9 * WEIGHTS * WEIGHT_BYTES);
  });
});

describe.skipIf(!existsSync('/proc/self/status'))('a head of 32,128 x 512', () => {
  const shape = [32128, 512] as const; // flan-t5-small's
  const [height, width] = shape;
  const count = height * width;
  const rows = 8;

  /** Zeros: all that counts here is how many. */
  function locationOf(storage: WeightStorage): WeightLocation {
    const numbers = { f32: 4, f16: 2, bf16: 2, i8: 1, u4: 0.5 }[storage] * count;
    const scales = 4 * (storage === 'u4' ? count / 32 : height);
    const path = join(folder, `head-${storage}`);
    writeFileSync(path, new Uint8Array(numbers + scales + count / 64));
    return {
      file: path,
      storage,
      shape,
      offset: 0,
      length: numbers,
      scales: { offset: numbers, length: scales },
      zeroPoints: { offset: numbers + scales, length: count / 64 },
    };
  }

  async function mostGrown(storage: WeightStorage): Promise<number> {
    const given = JSON.stringify({ where: locationOf(storage), rows });
    const { stdout } = await runChild(PEAK_CHILD, given);
    const seen: { readonly grown: number; readonly looked: number } = JSON.parse(stdout);
    expect(seen.looked).toBeGreaterThan(300);
    console.log(`${storage}: ${(seen.grown / MIB).toFixed(1)} MiB at most`);
    return seen.grown;
  }

  test.each(['f32', 'f16', 'bf16', 'i8', 'u4'] as const)(
    'stored as %s is never float32 as a whole',
    async (storage) => {
      // 63 MiB as a whole. A session takes 8 to 12 MiB (float32 shows it), the products' parts 2.
      expect(await mostGrown(storage)).toBeLessThan(32 * MIB);
    },
  );
});
