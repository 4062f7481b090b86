/** @file Kills and full disks in the middle of a checkpoint: the old state or the new, never neither. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlimsollError } from '#base';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { sampleSpec, sampleTensors } from './checkpoint-samples.test-support.ts';
import { INITIAL_STATE } from './training-state.ts';

const WRITER = fileURLToPath(new URL('checkpoint-writer.test-support.ts', import.meta.url));
const TSX = createRequire(import.meta.url).resolve('tsx');
/** 3 x 2 MiB: large enough that many kills come while it is written. */
const ELEMENTS = 1 << 19;
const KILLS = 8;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-crash-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test(`killed ${KILLS} times while it saves: each time one whole state is there`, async () => {
  const file = join(folder, 'state.safetensors');
  let step = 0;
  let torn = 0;
  for (let kill = 0; kill < KILLS || torn < 2 || step === 0; kill++) {
    const child = spawn(process.execPath, nodeArguments(file, step + 1, ELEMENTS), {
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    while (child.exitCode === null && !readdirSync(folder).some(isTemporary)) await sleep(1);
    expect(child.exitCode).toBeNull(); // else the writer failed by itself
    // Longer and longer: on a busy machine the first whole file takes its time.
    await sleep(Math.random() * 20 * (1 + kill / 4));
    child.kill('SIGKILL');
    await exited;
    const left = readdirSync(folder).filter(isTemporary);
    torn += left.length;
    for (const name of left) rmSync(join(folder, name));
    // Only before the first checkpoint was whole may there be none.
    if (step > 0 || readdirSync(folder).length > 0) step = loadWhole(file, step);
  }
  console.log(
    `${KILLS} kills or more, ${torn} of them in the middle of a file; last state: step ${step}`,
  );
  expect(step).toBeGreaterThan(0);
});

test('a file size limit in the middle of a checkpoint leaves the old one', () => {
  const file = join(folder, 'state.safetensors');
  const tensors = sampleTensors(ELEMENTS);
  saveCheckpoint(file, { spec: sampleSpec(), state: INITIAL_STATE }, tensors);
  // In units of 1024 bytes: half of the file.
  const limited = spawnSync(
    'sh',
    [
      '-c',
      'ulimit -f 3000 && exec "$0" "$@"',
      process.execPath,
      ...nodeArguments(file, 1, ELEMENTS),
    ],
    { encoding: 'utf8' },
  );
  expect(limited.stderr).toContain('PlimsollError');
  expect(limited.stderr).toContain('could not be written');
  expect(readdirSync(folder)).toEqual(['state.safetensors']);
  expect(loadCheckpoint(file, sampleSpec(), tensors).step).toBe(0);
});

test('a full disk leaves the old checkpoint and says what is needed', ({ skip }) => {
  const disk = join(folder, 'small');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status === 0;
  skip(!mounted, 'a small disk could not be mounted, which needs root');
  try {
    // One such checkpoint fits, two do not, and the old one stays until the new one is whole.
    expect(saved(disk, 1 << 17)).toMatchInlineSnapshot(
      `"CHECKPOINT_DISK_FULL: the disk is full: the checkpoint /state.safetensors needs 1.5 MiB, free there: 1 MiB. There was none before it: free some space, then start again"`,
    );
    expect(saved(disk, 50_000)).toBe('saved');
    writeFileSync(join(disk, 'other'), Buffer.alloc(100_000));
    expect(saved(disk, 50_000)).toMatchInlineSnapshot(
      `"CHECKPOINT_DISK_FULL: the disk is full: the checkpoint /state.safetensors needs 586 KiB, free there: 336 KiB. The one before it is unchanged: free some space, then go on with --resume-from"`,
    );
    expect(readdirSync(disk).toSorted()).toEqual(['other', 'state.safetensors']);
    const file = join(disk, 'state.safetensors');
    expect(loadCheckpoint(file, sampleSpec(), sampleTensors(50_000))).toEqual(INITIAL_STATE);
  } finally {
    spawnSync('umount', [disk]);
  }
});

/** `saved`, or the error. */
function saved(disk: string, elements: number): string {
  const file = join(disk, 'state.safetensors');
  const info = { spec: sampleSpec(), state: INITIAL_STATE };
  try {
    saveCheckpoint(file, info, sampleTensors(elements));
    return 'saved';
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    return `${error.code}: ${error.message.replaceAll(disk, '')}`;
  }
}

/** The state's step, if all of its numbers are of that step and it is not older than `atLeast`. */
function loadWhole(file: string, atLeast: number): number {
  const tensors = sampleTensors(ELEMENTS);
  const { step, lossSum } = loadCheckpoint(file, sampleSpec(), tensors);
  expect(step).toBeGreaterThanOrEqual(atLeast);
  expect(lossSum).toBe(step / 3);
  for (const { data } of tensors.parameters.values())
    expect(data.every((x) => x === step)).toBe(true);
  for (const m of tensors.optimizer.m.values()) expect(m.every((x) => x === -step)).toBe(true);
  for (const v of tensors.optimizer.v.values()) expect(v.every((x) => x === step / 2)).toBe(true);
  return step;
}

function nodeArguments(file: string, from: number, elements: number): string[] {
  return ['--conditions=source', '--import', TSX, WRITER, file, String(from), String(elements)];
}

function isTemporary(name: string): boolean {
  return name.endsWith('.tmp');
}
