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

interface Pages {
  readonly anonymous: number;
  readonly file: number;
}

async function grown(options: { storage: string; prepacking: boolean }) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=source',
    '--import=tsx',
    '--input-type=module',
    `--eval=${CHILD}`,
    JSON.stringify({ ...options, file, weights: WEIGHTS, bytes: WEIGHT_BYTES }),
  ]);
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
