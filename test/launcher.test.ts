/** @file bin/plimsoll: a process that takes little, and gives freed memory back where there is little. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { predictionSchema } from '#protocol';
import { cgroupsUnavailable, createCgroup } from './cgroup.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-launcher-'));
afterAll(() => rmSync(folder, { recursive: true }));
const LAUNCHER = join(import.meta.dirname, '../bin/plimsoll');

const [KEPT, GIVEN_BACK] = [32 * 2 ** 20, 128 * 2 ** 10];

/** From which size on freed buffers go back to the kernel, as the process then has it. */
function thresholdOf(words: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const { stdout } = spawnSync(LAUNCHER, ['plan', '--json', ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return predictionSchema.parse(JSON.parse(stdout)).plan.mmapThreshold;
}

test.each([
  ['', KEPT],
  ['--memory 512M', KEPT],
  ['--memory=0.25G', GIVEN_BACK],
  ['--memory 314572800', GIVEN_BACK],
  ['--memory 300M --share-of 512M', KEPT],
  ['--memory 200M --share-of=300M', GIVEN_BACK],
])(
  'freed buffers are kept where there is room, and given back where there is little: %s',
  (words, expected) => {
    expect(thresholdOf(words.split(' ').filter(Boolean))).toBe(expected);
  },
);

test('a size that the user has set stays', () => {
  expect(thresholdOf([], { MALLOC_MMAP_THRESHOLD_: '4194304' })).toBe(4194304);
});

test.each(['M512', '08M', '99999999999999999999G', ''])(
  "what is no size is the command's to refuse: '%s'",
  (text) => {
    const words = ['plan', '--memory', text];
    const { status, stderr } = spawnSync(LAUNCHER, words, { encoding: 'utf8' });
    expect(stderr).toMatch(/^error: /);
    expect(status).toBe(text === '08M' ? 12 : 2);
  },
);

const unavailable = cgroupsUnavailable();

test.skipIf(unavailable !== null)(
  `the limit of its cgroup, or of one around it, counts (${unavailable ?? 'real ones'})`,
  async () => {
    await using outer = createCgroup({ limit: 300 * 2 ** 20 });
    await using inner = createCgroup({ limit: 512 * 2 ** 20, within: outer.group });
    await using wide = createCgroup({ limit: 512 * 2 ** 20 });
    const asked = await Promise.all(
      [inner, wide].map(async (cgroup) => {
        const { stdout } = await cgroup.run(LAUNCHER, ['plan', '--json']);
        return predictionSchema.parse(JSON.parse(stdout)).plan.mmapThreshold;
      }),
    );
    expect(asked).toEqual([GIVEN_BACK, KEPT]);
  },
);

test('it is found through a link, as npm makes one', () => {
  const link = join(folder, 'plimsoll');
  symlinkSync(LAUNCHER, link);
  expect(execFileSync(link, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("V8's compiled form of plimsoll run is made where it is of no use or not there, and left alone else", () => {
  const copy = join(folder, 'package');
  for (const part of ['bin', 'dist/run', 'package.json']) {
    cpSync(join(import.meta.dirname, '..', part), join(copy, part), { recursive: true });
  }
  const runFolder = join(copy, 'dist/run');
  const compiled = () => readdirSync(runFolder).filter((name) => name.includes(process.version));
  const [name = ''] = compiled();
  const file = join(runFolder, name);
  const run = (env: NodeJS.ProcessEnv = {}) =>
    execFileSync(join(copy, 'bin/plimsoll'), ['run', '--', 'echo', 'hi'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', XDG_STATE_HOME: folder, ...env },
    });

  const built = readFileSync(file);
  expect(run()).toBe('hi\n');
  expect(readFileSync(file).equals(built)).toBe(true);
  expect(run({ NODE_OPTIONS: '--max-old-space-size=300' })).toBe('hi\n');
  expect(readFileSync(file).equals(built)).toBe(true);

  writeFileSync(file, built.subarray(0, built.length / 2)); // as of a disk that was full
  expect(run()).toBe('hi\n');
  const made = readFileSync(file);
  expect(made.length).toBeGreaterThan(built.length / 2 + 1);
  expect(run()).toBe('hi\n');
  expect(readFileSync(file).equals(made)).toBe(true);

  rmSync(file);
  expect(run({ NODE_OPTIONS: '--max-old-space-size=300' })).toBe('hi\n');
  expect(compiled()).toEqual([]);
  expect(run()).toBe('hi\n');
  expect(compiled()).toEqual([name]);
});

test.each(['train', 'plan'])(
  '%s: WebAssembly has room where the address space is limited',
  (command) => {
    // 4 GB, of which each memory would take 10 with the trap handler: Node's fetch would end the process.
    const script = 'ulimit -v 4000000 && exec "$0" "$@"';
    const program = 'data:text/javascript,new WebAssembly.Memory({ initial: 1 })';
    const { status, stderr } = spawnSync('sh', ['-c', script, LAUNCHER, command, '--help'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: `--import="${program}"` },
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
);
