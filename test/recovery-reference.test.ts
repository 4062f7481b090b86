/** @file A trainer that nobody here wrote, PyTorch's, from killed to completed without a hand on it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runVerdictSchema } from '#protocol';
import { cgroupsUnavailable } from './cgroup.ts';

const COMMAND = resolve('bin/plimsoll');
const VENV = process.env['PLIMSOLL_REFERENCE_VENV'] ?? 'bench/reference/venv';
const unavailable = existsSync(join(VENV, 'bin/python'))
  ? cgroupsUnavailable()
  : `no ${VENV} (bash bench/reference/setup.sh makes it)`;
if (unavailable !== null) console.warn(`skipped: ${unavailable}`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-recovery-reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Near its limit PyTorch throws its own pages out and reads them back, for minutes where others compute too. */
const LONG = 900_000;

test.skipIf(unavailable !== null)(
  'PyTorch, killed at 384 tokens, comes to its end at 24',
  () => {
    const verdict = join(folder, 'verdict.json');
    const ladder = ['--ladder', 'source=384,24; target=384,64'];
    const words = ['--memory', '720M', ...ladder, '--verdict', verdict];
    const sizes = ['--source', '{source}', '--target', '{target}', '--steps', '1'];
    const train = ['bench/reference/python', 'bench/reference/train_step.py', ...sizes];
    const env = { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: folder };
    const ended = spawnSync(COMMAND, ['run', ...words, '--', ...train], { env, encoding: 'utf8' });
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/"type": "step", "step": 1/);
    const { attempts } = runVerdictSchema.parse(JSON.parse(readFileSync(verdict, 'utf8')));
    expect(attempts).toMatchObject([
      { cause: 'oom-own-limit', grade: 'proven', signal: 'SIGKILL' },
      { cause: 'completed', exit_code: 0 },
    ]);
  },
  LONG,
);
