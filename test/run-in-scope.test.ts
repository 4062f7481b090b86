/**
 * @file `plimsoll run` hands itself to systemd-run where no control group can be made, and finds its place in
 * the scope. The systemd-run here is a stand-in that writes down what it was asked and becomes the command: no
 * systemd runs for tests.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { memoryCgroup } from '#kernel';

const COMMAND = resolve('bin/plimsoll');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-scope-'));
afterAll(() => rmSync(folder, { recursive: true }));
const asked = join(folder, 'asked');
const env = { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: folder };

const STAND_IN = `#!/bin/sh
echo "$*" >>${asked}
case $1 in --version) echo 'systemd 252 (252.38-1)'; exit;; esac
while [ "$1" != -- ]; do shift; done; shift
exec "$@"
`;

/** A mount namespace in which systemd seems to run, and no control group can be written. */
const AS_UNDER_SYSTEMD =
  'mount -t tmpfs none /run && mkdir -p /run/systemd/system && mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"';

const NAME = String.raw`plimsoll-\d{8}-\d{6}-[0-9a-f]{6}`;
const scope = (unit: string): string =>
  String.raw`--scope --quiet --collect --unit=${unit}\.scope --property=Delegate=yes --`;

const [own] = memoryCgroup().groups;

test.runIf(process.getuid?.() === 0)('the same command line, once, and its exit code', () => {
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/systemd-run'), STAND_IN, { mode: 0o755 });
  const inner = [
    'sh',
    '-c',
    'echo "scope: $PLIMSOLL_SCOPE."; echo "$1"; exit 5',
    'sh',
    '${HOME} $x',
  ];
  const words = ['-m', 'sh', '-c', AS_UNDER_SYSTEMD, 'sh', COMMAND, 'run', '--', ...inner];
  const path = `${join(folder, 'bin')}:${process.env['PATH']}`;
  const { status, stdout, stderr } = spawnSync('unshare', words, {
    encoding: 'utf8',
    env: { ...env, PATH: path },
  });
  expect({ status, stdout }).toEqual({ status: 5, stdout: 'scope: .\n${HOME} $x\n' });
  expect(stderr).toMatch(/^warning: no control group can be made here/); // the stand-in gives no scope
  expect(readFileSync(asked, 'utf8').trim().split('\n').slice(0, 3)).toEqual([
    '--version',
    expect.stringMatching(new RegExp(`^${scope(`${NAME}-probe`)} true$`)),
    expect.stringMatching(new RegExp(`^${scope(NAME)} ${COMMAND} run -- sh -c`)),
  ]);
});

test.runIf(process.getuid?.() === 0 && own)('in the scope it makes room for the command', () => {
  const group = join(own!.folder, `plimsoll-test-scope-${process.pid}`);
  mkdirSync(group);
  try {
    const enter = `echo $$ >${group}/cgroup.procs && exec "$@"`;
    const words = ['-c', enter, 'sh', COMMAND, 'run', '--', 'cat', '/proc/self/cgroup'];
    const { stdout } = spawnSync('sh', words, {
      encoding: 'utf8',
      env: { ...env, PLIMSOLL_SCOPE: 'plimsoll-1' },
    });
    // Version 1 lets groups with processes have others below them: one deeper than on version 2.
    expect(stdout).toMatch(/plimsoll-test-scope-\d+\/(plimsoll-supervisor\/)?plimsoll-\d{8}-/);
    rmdirSync(join(group, 'plimsoll-supervisor')); // systemd would, with the scope
  } finally {
    rmdirSync(group);
  }
});
