/**
 * @file Limits under which no run can begin: each refused with its numbers and what to do, before a byte
 * of the model is read. That the model named here is not there shows it: a run that looked would say so.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERRORS } from '#base';
import { cgroupsUnavailable, createCgroup, type TestCgroup } from './cgroup.ts';
import { plimsoll } from './plimsoll.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const MIB = 2 ** 20;

let root: string;
const at = (...parts: string[]): string => join(root, ...parts);
beforeAll(() => (root = mkdtempSync(join(tmpdir(), 'plimsoll-bad-memory-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const wordsOf = (command: string, ...flags: string[]): string[] => [
  command,
  '--base-model',
  at('no-such-model'),
  ...flags,
  ...(command === 'train' ? ['--output-dir', at('out')] : []),
];

interface Refused {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function expectRefusal(end: Refused, code: keyof typeof ERRORS, says: RegExp): void {
  expect(end.status, end.stderr).toBe(ERRORS[code].exit);
  expect(end.stdout).toBe('');
  expect(end.stderr.trim().split('\n')).toHaveLength(1);
  expect(end.stderr).toMatch(/^error: /);
  expect(end.stderr).toMatch(says);
  expect(existsSync(at('out'))).toBe(false);
}

describe.each(['plan', 'train'])('%s', (command) => {
  test.each<[string, string, keyof typeof ERRORS, RegExp]>([
    ['zero', '0', 'MEMORY_LIMIT_ZERO', /above zero, got '0'.*such as 512M/],
    ['zero of a unit', '0G', 'MEMORY_LIMIT_ZERO', /above zero, got '0G'/],
    ['an unknown unit', '512X', 'MEMORY_LIMIT_MALFORMED', /such as 512M.*got '512X'.*K, M, G or T/],
    ['no number', 'much', 'MEMORY_LIMIT_MALFORMED', /got 'much'/],
    ['below zero', '-512M', 'MEMORY_LIMIT_MALFORMED', /got '-512M'/],
    [
      'more than the machine has',
      '900T',
      'MEMORY_LIMIT_ABOVE_MACHINE',
      /this machine has, [\d.]+ [GT]iB, got '900T'/,
    ],
    [
      'below what the runtime itself takes',
      '20M',
      'MEMORY_LIMIT_BELOW_FLOOR',
      /at least [\d.]+ MiB,.*got 20 MiB \(--memory\)\. Raise the limit/,
    ],
  ])('a limit that is %s', (_, memory, code, says) => {
    expectRefusal(plimsoll(...wordsOf(command, `--memory=${memory}`)), code, says);
  });
});

describe('limits of a cgroup', () => {
  const unavailable = cgroupsUnavailable();

  test('below what the runtime itself takes', async (context) => {
    context.skip(unavailable !== null, `needs cgroups: ${unavailable}`);
    await using group = createCgroup({ limit: 46 * MIB });
    const end = await runIn(group, wordsOf('train'));
    expectRefusal(end, 'MEMORY_LIMIT_BELOW_FLOOR', /at least [\d.]+ MiB.*got 46 MiB \(cgroup .*\)/);
  });

  // The original: 514.57 MB in use under a limit of 512 MB, and then training began.
  test('used up by another process', async (context) => {
    context.skip(unavailable !== null, `needs cgroups: ${unavailable}`);
    await using group = createCgroup({ limit: 512 * MIB });
    await using _ = await neighbourIn(group, 472 * MIB);
    const says = /at least [\d.]+ MiB under the limit of 512 MiB \(cgroup .*\); 4\d\d MiB .*in use/;
    for (const command of ['train', 'plan'])
      expectRefusal(await runIn(group, wordsOf(command)), 'MEMORY_LIMIT_USED_UP', says);
    // The user's own limit is a smaller one, but there is less under that of the group.
    const given = await runIn(group, wordsOf('train', '--memory', '256M'));
    expectRefusal(given, 'MEMORY_LIMIT_USED_UP', says);
  });

  test('what another process uses comes off what a run may take', async (context) => {
    context.skip(unavailable !== null, `needs cgroups: ${unavailable}`);
    const data = writeExamples(at('data.jsonl'), 4);
    const words = ['plan', '--base-model', writeSmallModel(at('model')), '--data', data, '--json'];
    await using group = createCgroup({ limit: 400 * MIB });
    await using _ = await neighbourIn(group, 100 * MIB);
    const { code, stdout, stderr } = await group.run('bin/plimsoll', words);
    expect(code, stderr).toBe(0);
    const { baseline_bytes: baseline, limit_bytes: limit }: Record<string, number> =
      JSON.parse(stdout);
    expect(limit).toBe(400 * MIB);
    // The neighbour's own runtime is a part of it, and that of the planner none.
    expect(baseline).toBeGreaterThan(100 * MIB);
    expect(baseline).toBeLessThan(160 * MIB);
  });
});

async function runIn(group: TestCgroup, words: readonly string[]): Promise<Refused> {
  const { code, stdout, stderr } = await group.run('bin/plimsoll', words);
  expect(group.counters().own.kills, 'it was refused, not killed').toBe(0);
  return { status: code, stdout, stderr };
}

/** A process that holds `bytes` of the group's memory until disposed of. */
async function neighbourIn(group: TestCgroup, bytes: number): Promise<AsyncDisposable> {
  const script = `globalThis.held = Buffer.alloc(${bytes}, 1); console.log('held'); process.stdin.resume();`;
  const { child, ended } = group.start(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return {
    async [Symbol.asyncDispose]() {
      child.stdin?.end();
      await ended;
    },
  };
}

test('a run that no plan fits ends before it is trained, and says what would do', () => {
  const words = ['--base-model', writeSmallModel(at('tiny')), '--memory', '60M'];
  const data = ['--data', writeExamples(at('few.jsonl'), 4)];
  const end = plimsoll('train', ...words, ...data, '--run-directory', at('unfit'));
  expect(end.status).toBe(12);
  expect(end.stderr).toMatch(
    /^error: the run cannot fit into 60 MiB \(--memory.*a limit of [\d.]+ MiB/,
  );
  expect(existsSync(at('unfit/checkpoint/state.safetensors'))).toBe(false);
});
