/** @file The soft guard: real programs near real limits, told in the way that they chose, or ended. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { memoryCgroup } from '#kernel';
import type { RunEvent } from '#protocol';
import { cgroupsUnavailable, createCgroup } from './cgroup.ts';
import { supervised } from './faults/supervised.ts';
import { plimsoll, trainWatched } from './plimsoll.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const MIB = 2 ** 20;
vi.setConfig({ testTimeout: 180_000 });
const unavailable = cgroupsUnavailable();
const PYTHON = python();
const NO_GROUPS = unavailable !== null || PYTHON === '';

/** Below 200 MiB: Python itself takes 6 to 8. */
const LIMIT = ['--memory', '200M'];
const NEAR = '182';
const program = (...words: string[]) => [
  PYTHON,
  join(import.meta.dirname, 'guard-program.py'),
  ...words,
];
const told = (what: string) =>
  new RegExp(
    String.raw`^guard: ${what} at 1[89]\d(\.\d)? MiB of 200 MiB \(--memory\) after \d`,
    'm',
  );

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'plimsoll-guard-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

describe.skipIf(NO_GROUPS)(`near its own limit (${unavailable ?? 'in real groups'})`, () => {
  it('a signal: it frees, and ends by itself', async () => {
    const flags = [...LIMIT, '--on-pressure', 'SIGUSR1'];
    const { code, stdout, verdict } = await supervised(program(NEAR, 'signal'), { flags });
    expect(stdout).toMatch(/^saved$/m);
    expect({ code, cause: verdict.cause }).toEqual({ code: 0, cause: 'completed' });
    expect(verdict.evidence.join('\n')).toMatch(told('SIGUSR1 sent'));
  });

  it('a signal that it does not catch is not sent', async () => {
    const flags = [...LIMIT, '--on-pressure', 'USR1'];
    const { code, verdict } = await supervised(program(NEAR, 'plain'), { flags });
    expect(code).toBe(0);
    expect(verdict.evidence.join('\n')).toMatch(
      told('SIGUSR1, which would have ended the command, not sent'),
    );
  });

  it('a file, there at once as a whole; that of an earlier run is gone before', async () => {
    const file = join(folder(), 'short.json');
    writeFileSync(file, '{"type":"memory-pressure","unreclaimable":1,"limit":2,"from":"old"}\n');
    const flags = [...LIMIT, '--on-pressure', `file:${file}`];
    const { code, stdout, verdict } = await supervised(program(NEAR, 'file', file), { flags });
    expect(code).toBe(0);
    const line = stdout.split('\n')[1] ?? '';
    expect(JSON.parse(line)).toEqual({
      type: 'memory-pressure',
      unreclaimable: expect.any(Number),
      limit: 200 * MIB,
      from: '--memory',
    });
    expect(readFileSync(file, 'utf8')).toBe(`${line}\n`);
    expect(verdict.evidence.join('\n')).toMatch(told(`${file} written`));
  });

  it('a line on file descriptor 3', async () => {
    const flags = [...LIMIT, '--on-pressure', 'fd:3'];
    const { code, stdout, verdict } = await supervised(program(NEAR, 'fd'), { flags });
    expect(code).toBe(0);
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toMatchObject({ type: 'memory-pressure' });
    expect(verdict.evidence.join('\n')).toMatch(told('line written to file descriptor 3'));
  });

  it('kill: the end is ours, and not the kernel’s', async () => {
    const flags = [...LIMIT, '--on-pressure', 'kill'];
    const { code, verdict } = await supervised(program(NEAR, 'plain'), { flags });
    expect(code).toBe(143);
    expect(verdict).toMatchObject({
      cause: 'oom-user-space',
      grade: 'proven',
      limit_bytes: 200 * MIB,
      limit_from: '--memory',
    });
    expect(verdict.evidence.join('\n')).toMatch(told('SIGTERM sent'));
  });

  it('nothing below the threshold', async () => {
    const flags = [...LIMIT, '--on-pressure', 'kill'];
    const { code, verdict } = await supervised(program('150', 'plain'), { flags });
    expect({ code, cause: verdict.cause }).toEqual({ code: 0, cause: 'completed' });
    expect(verdict.evidence.join('\n')).not.toMatch(/guard/);
  });

  it('another threshold', async () => {
    const flags = [...LIMIT, '--on-pressure', 'kill', '--pressure-at', '70'];
    const { verdict } = await supervised(program('150', 'plain'), { flags });
    expect(verdict).toMatchObject({ cause: 'oom-user-space', grade: 'proven' });
  });
});

it.skipIf(NO_GROUPS)(
  'near the limit of a group around it, with what others use there',
  async () => {
    const outer = createCgroup({ limit: 400 * MIB });
    onTestFinished(() => outer.remove());
    // 280 MiB are far from 90%; those of plimsoll and of a neighbour bring it there.
    const neighbour = outer.start(PYTHON, ['-c', 'b = b"x" * (60 << 20); input()'], {
      sampleEveryMs: 0,
    });
    const flags = ['--on-pressure', 'SIGUSR1', '--pressure-at', '85'];
    const { stdout, verdict } = await supervised(program('280', 'signal'), {
      within: outer,
      flags,
    });
    neighbour.child.stdin?.end();
    await neighbour.ended;
    expect(stdout).toMatch(/^saved$/m);
    expect(verdict.evidence.join('\n')).toMatch(
      new RegExp(
        `^guard: SIGUSR1 sent at .* of 400 MiB \\(cgroup .*${basename(outer.group.path)} `,
        'm',
      ),
    );
  },
);

describe.skipIf(NO_GROUPS || memoryCgroup().version !== 1)('without a group', () => {
  const enter = `exec unshare --mount sh -c 'umount /sys/fs/cgroup/memory && exec "$@"' sh "$@"`;

  it('the guard alone holds --memory; all of it in use does not wait for the grace', async () => {
    const flags = [...LIMIT, '--on-pressure', 'kill'];
    const command = program(NEAR, 'grow', '40');
    const { code, verdict, stderr } = await supervised(command, { flags, enter });
    expect(stderr).toMatch(/held by the guard alone/);
    expect(verdict).toMatchObject({
      cause: 'oom-user-space',
      grade: 'proven',
      limit_bytes: 200 * MIB,
      limit_from: '--memory',
    });
    expect(code).toBe(137);
    expect(verdict.seconds).toBeLessThan(10); // the grace
    const evidence = verdict.evidence.join('\n');
    expect(evidence).toMatch(told('SIGTERM sent'));
    expect(evidence).toMatch(/^guard: SIGKILL sent at 2\d\d/m);
  });

  it('pages that several processes share count once', async () => {
    const flags = ['--memory', '130M', '--on-pressure', 'kill'];
    const { verdict } = await supervised(program('70', 'fork'), { flags, enter });
    expect(verdict.cause).toBe('completed');
  });
});

const STEPS = 150;
const words = (root: string, name: string, steps = 20) => [
  '--base-model',
  writeSmallModel(join(root, 'model')),
  '--data',
  writeExamples(join(root, 'data.jsonl'), 40),
  '--max-steps',
  String(steps),
  '--epochs',
  '1000',
  '--checkpoint-every',
  '1000',
  '--target-max-tokens',
  '8',
  '--run-directory',
  join(root, name),
];
const adapterOf = (root: string, name: string) =>
  readFileSync(join(root, name, 'adapter/adapter_model.safetensors'));
const checkpointsOf = (root: string, name: string): number[] =>
  readFileSync(join(root, name, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): RunEvent => JSON.parse(line))
    .flatMap((event) => (event.type === 'checkpoint' ? [event.step] : []));

describe('a trainer of ours', () => {
  it.skipIf(NO_GROUPS)('saves a checkpoint, goes on, and ends as without it', async () => {
    const root = folder();
    const command = (name: string) => [
      'sh',
      '-c',
      '"$@"; exit $?',
      'sh',
      'bin/plimsoll',
      'train',
      ...words(root, name, STEPS),
    ];
    const flags = ['--memory', '2G', '--pressure-at', '3'];
    const { code, verdict, stderr } = await supervised(command('told'), { flags });
    expect(code, stderr).toBe(0);
    expect(verdict).toMatchObject({ cause: 'completed', step: STEPS, of: STEPS });
    expect(verdict.predicted_peak_bytes).toBeGreaterThan(30 * MIB);
    expect(verdict.evidence.join('\n')).toMatch(
      /^guard: SIGUSR1 sent to the trainer \(process \d+\)/m,
    );

    await supervised(command('quiet'), { flags: [...flags, '--on-pressure', 'none'] });
    const [asked, ...others] = checkpointsOf(root, 'told').filter(
      (step) => !checkpointsOf(root, 'quiet').includes(step),
    );
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(STEPS);
    expect(others).toEqual([]);
    expect(adapterOf(root, 'told').equals(adapterOf(root, 'quiet'))).toBe(true);
  });

  it('asked before its first step, saves one after it', async () => {
    const root = folder();
    const { code, stderr } = await trainWatched(words(root, 'early'), ({ type }, child) => {
      if (type === 'run-started') child.kill('SIGUSR1');
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(checkpointsOf(root, 'early')[0]).toBe(1);
  });

  it('whose supervisor cannot be told goes on, with a note', () => {
    const root = folder();
    const line = 'PLIMSOLL_EVENTS="$0" exec bin/plimsoll train "$@"';
    const { status, stderr } = spawnSync('sh', ['-c', line, '/nowhere/x', ...words(root, 'deaf')], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^the supervisor of this run is told nothing more .*ENOENT/);
    expect(existsSync(join(root, 'deaf/adapter'))).toBe(true);
  });
});

it.each([
  [['--on-pressure', 'SIGNONE'], 2, 'expected a signal that a program can catch (SIGUSR1)'],
  [['--on-pressure', 'kill', '--pressure-at', '0'], 2, '--pressure-at: expected a percentage'],
  [['--on-pressure', 'file:/nowhere/x'], 1, 'its folder does not exist'],
  [['--on-pressure', 'file:/tmp'], 1, 'there is a folder of that name'],
  [['--on-pressure', 'file:package.json'], 1, 'there is one of that name that is no such notice'],
] as const)('%s is refused, and nothing runs', (flags, code, message) => {
  const { status, stdout, stderr } = plimsoll('run', ...flags, '--', 'echo', 'it ran');
  expect({ status, stdout }).toEqual({ status: code, stdout: '' });
  expect(stderr).toContain(message);
});

/** The interpreter itself: what stands first in PATH may be a script, and the signal would be for that. */
function python(): string {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)']);
  return status === 0 ? stdout.toString().trim() : '';
}
