/** @file `plimsoll run`, `explain` and `doctor` as a shell meets them; how commands end is in faults/. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { memoryCgroup } from '#kernel';
import { attemptRecordSchema, runVerdictSchema } from '#protocol';

const COMMAND = 'bin/plimsoll';
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-run-'));
afterAll(() => rmSync(folder, { recursive: true }));
const state = join(folder, 'state');
const runs = join(state, 'plimsoll/runs');

function plimsoll(...words: string[]) {
  const env = { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: state };
  const { status, stdout, stderr } = spawnSync(COMMAND, words, { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

/** Those of the doctor that this process's groups have below them. Other tests have attempts of theirs. */
function groupsMade(): string[] {
  const folders = memoryCgroup().groups.map((group) => group.folder);
  return folders
    .flatMap((each) => readdirSync(each))
    .filter((name) => name.startsWith('plimsoll-doctor'));
}

const script = join(folder, 'not-executable');
writeFileSync(script, '#!/bin/sh\n');
chmodSync(script, 0o644);

test.each([
  [['run', '--', '/nonexistent/train'], 127, /\/nonexistent\/train: expected a command to run/],
  [['run', '--', script], 126, /which cannot be run: permission denied/],
  [['run', '--memory', '100K', '--', 'true'], 2, /expected a memory limit of at least 256 KiB/],
  [['run', '--memory', '512X', '--', 'true'], 2, /expected a memory limit such as 512M/],
  [['run', '--timeout', '0', '--', 'true'], 2, /expected seconds, above 0, got '0'/],
  [
    ['run', '--verdict', '/nonexistent/v.json', '--', 'touch', join(folder, 'ran')],
    1,
    /its folder does not exist/,
  ],
  [['run'], 2, /missing required argument/],
  [['explain', 'nosuch'], 1, /nosuch: expected the id of a command/],
])('%j is refused in one line, and nothing runs', (words, status, message) => {
  const ended = plimsoll(...words);
  expect(ended.status).toBe(status);
  expect(ended.stderr.trim().split('\n')).toEqual([expect.stringMatching(message)]);
  expect(ended.stdout).toBe('');
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test('a good end is quiet; --json tells of it all the same', () => {
  expect(plimsoll('run', '--', 'echo', '--', 'hi')).toEqual({
    status: 0,
    stdout: '-- hi\n',
    stderr: '',
  });
  const { status, stderr } = plimsoll('run', '--json', '--', 'true');
  expect(status).toBe(0);
  expect(runVerdictSchema.parse(JSON.parse(stderr))).toMatchObject({
    cause: 'completed',
    exit_code: 0,
  });
});

test('a bad end is reported, and explained again later, with its output', () => {
  const { status, stdout, stderr } = plimsoll(
    'run',
    '--',
    'sh',
    '-c',
    'echo a step; echo a problem >&2; exit 3',
  );
  expect({ status, stdout }).toEqual({ status: 3, stdout: 'a step\n' });
  expect(stderr).toMatch(/^a problem\nENDED WITH AN ERROR\n/);
  const { stdout: explained } = plimsoll('explain');
  expect(explained).toContain(stderr.replace('a problem\n', ''));
  expect(explained).toMatch(/^\$ sh -c 'echo a step/m);
  const newest = /^run (\S+),/.exec(explained)?.[1] ?? '';
  const record = JSON.parse(plimsoll('explain', newest, '--json').stdout);
  expect(attemptRecordSchema.parse(record)).toMatchObject({
    run_id: newest,
    verdict: { exit_code: 3 },
  });
  expect(
    readFileSync(join(runs, newest, 'output.log'), 'utf8')
      .split('\n')
      .toSorted(),
  ).toEqual(['', 'a problem', 'a step']);
});

test('a record of another content is refused by what is wrong with it', () => {
  writeFileSync(join(folder, 'attempt.json'), '{"run_id": 3}');
  const { status, stderr } = plimsoll('explain', folder);
  expect(status).toBe(1);
  expect(stderr).toMatch(/run_id: expected a text, got 3/);
});

test('the newest twenty are kept', () => {
  for (let i = 0; i < 30; i++) {
    spawnSync('mkdir', ['-p', join(runs, `20200101-0000${String(i).padStart(2, '0')}-abcdef`)]);
  }
  plimsoll('run', '--', 'true');
  expect(readdirSync(runs)).toHaveLength(20);
});

test('doctor says what can be proven, and leaves nothing behind', () => {
  const { status, stdout } = plimsoll('doctor');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^control groups +(version [12]|no memory controller)$/m);
  const survey = JSON.parse(plimsoll('doctor', '--json').stdout);
  expect(survey.cgroup_version).toBe(memoryCgroup().version);
  expect(survey.proves).toHaveLength(5);
  expect(groupsMade()).toEqual([]);
});
