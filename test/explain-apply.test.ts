/** @file `plimsoll explain --apply` as a shell and a terminal meet it; what changes in a file is in src/compose. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AttemptRecord, LimitOrigin, Verdict } from '#protocol';

const COMMAND = resolve('bin/plimsoll');
const TERMINAL = resolve('test/at-a-terminal.py');
const MIB = 2 ** 20;

/** A home automation service of the size that the first runs were killed in. */
const COMPOSE = `services:
  intent-api:
    image: intent-api:1.4   # built by hand
    deploy:
      resources:
        limits:
          memory: 512M
        reservations:
          memory: 256M
`;
const RAISED = COMPOSE.replace('512M', '768M').replace('256M', '320M');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-apply-'));
  file = join(folder, 'docker-compose.yml');
  writeFileSync(file, COMPOSE);
  record();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Of a run that was killed in a container of 512 MiB, 300 of which its service held. */
function record(changes: Partial<Verdict> = {}): void {
  const origin: LimitOrigin = { kind: 'container', engine: null, id: null };
  const limit = { bytes: 768 * MIB, reservation_bytes: 320 * MIB };
  const verdict = {
    cause: 'oom-ancestor-limit',
    grade: 'proven',
    exit_code: null,
    signal: 'SIGKILL',
    limit_bytes: 512 * MIB,
    limit_from: "this container's cgroup (memory.max)",
    limit_origin: origin,
    baseline_bytes: 300 * MIB,
    peak_bytes: 212 * MIB,
    peak_file_bytes: 0,
    seconds: 3,
    evidence: [],
    missing: [],
    remedies: [
      { change: 'a higher limit', lines: ['as it is'], predicted_peak_bytes: null, limit },
    ],
    ...changes,
  };
  const run: Partial<Omit<AttemptRecord, 'verdict'>> & { readonly verdict: object } = {
    run_id: '20260101-000000-abcdef',
    command: ['python', 'train.py'],
    folder: '/srv',
    started_at: '2026-01-01T00:00:00.000Z',
    samples: [],
    output: '',
    verdict,
  };
  mkdirSync(join(folder, 'run'), { recursive: true });
  writeFileSync(join(folder, 'run/attempt.json'), JSON.stringify(run));
}

function apply(words: readonly string[], lead: readonly string[] = []) {
  const [program = '', ...rest] = [...lead, COMMAND, 'explain', 'run', '--apply', ...words];
  const env = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(program, rest, {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const files = () => readdirSync(folder).toSorted();
const content = () => readFileSync(file, 'utf8');

test('--yes: the difference, the change, a copy of what it was, and what is next', () => {
  const { status, stdout } = apply(['--yes']);
  expect(status).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "--- docker-compose.yml
    +++ docker-compose.yml
    @@ -4,6 +4,6 @@
         deploy:
           resources:
             limits:
    -          memory: 512M
    +          memory: 768M
             reservations:
    -          memory: 256M
    +          memory: 320M
    changed docker-compose.yml; what it was: docker-compose.yml.bak
    next: docker compose -f docker-compose.yml up -d intent-api
    "
  `);
  expect(content()).toBe(RAISED);
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe(COMPOSE);
  const again = apply(['--yes']);
  expect(again.status).toBe(1);
  expect(again.stderr).toMatch(/line 7: .*below 768 MiB, got 768M\. Nothing was changed/);
  expect(files()).toEqual(['docker-compose.yml', 'docker-compose.yml.bak', 'run']);
});

test('without a terminal the difference is shown, and nothing changed', () => {
  const { status, stdout, stderr } = apply([]);
  expect(status).toBe(1);
  expect(stdout).toContain('-          memory: 512M\n+          memory: 768M\n');
  expect(stderr).toMatch(/no terminal at which to ask\. Nothing was changed\. --yes/);
  expect(content()).toBe(COMPOSE);
  expect(files()).toEqual(['docker-compose.yml', 'run']);
});

test.each([
  ['y', 0, RAISED],
  ['n', 1, COMPOSE],
  ['', 1, COMPOSE],
])('at a terminal the answer %j counts', (answer, code, after) => {
  const { status, stdout } = apply([], ['python3', TERMINAL, '[y/N] ', answer]);
  expect(stdout).toMatch(/\+ {10}memory: 768M\n[^]*Change docker-compose\.yml\? \[y\/N\] /);
  expect(status).toBe(code);
  expect(content()).toBe(after);
});

test('--json: one object, and no question', () => {
  expect(apply(['--json']).status).toBe(1);
  expect(content()).toBe(COMPOSE);
  const { stdout } = apply(['--json', '--yes', '--service', 'intent-api']);
  expect(JSON.parse(stdout)).toMatchObject({
    service: 'intent-api',
    limit_bytes: 768 * MIB,
    backup: `${file}.bak`,
  });
  expect(content()).toBe(RAISED);
});

test.each<[string, Partial<Verdict>, RegExp]>([
  [
    '--memory',
    { limit_from: '--memory', limit_origin: { kind: 'flag' } },
    /set by --memory\. .*Instead: as it is/,
  ],
  [
    'systemd',
    { limit_origin: { kind: 'systemd', unit: 'a.service', manager: 'system' } },
    /Instead: as it is/,
  ],
  ['no limit', { cause: 'killed', remedies: [] }, /it ended otherwise \(killed\)/],
])('not for an end by %s: a compose file would not help', (_, verdict, message) => {
  record(verdict);
  const { status, stderr } = apply(['--yes']);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(message)]);
  expect(content()).toBe(COMPOSE);
});

test('not where a file that Docker reads later sets it too', () => {
  writeFileSync(join(folder, 'docker-compose.override.yml'), COMPOSE);
  const { status, stderr } = apply(['--yes']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/in one place, found it in .*docker-compose\.yml and .*override\.yml/);
  expect(content()).toBe(COMPOSE);
});

test.each([
  [['--file', 'none.yml', '--yes'], 1, /none\.yml: there is no such file\. Nothing was changed/],
  [['--file', 'run', '--yes'], 1, /run: it is a folder/],
  [['--service', 'web', '--yes'], 2, /a service 'web', found intent-api/],
])('%j is refused in one line', (words, code, message) => {
  const { status, stderr } = apply(words);
  expect(status).toBe(code);
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(message)]);
  expect(content()).toBe(COMPOSE);
});

test('--yes without --apply is no request', () => {
  const { status, stderr } = spawnSync(COMMAND, ['explain', 'run', '--yes'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringMatching(/only with --apply/),
  });
});
