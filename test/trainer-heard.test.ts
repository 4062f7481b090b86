/** @file What a trainer of ours tells reaches `plimsoll run`, whatever stands between the two. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runVerdictSchema } from '#protocol';
import { writeExamples, writeSmallModel } from './small-model.ts';

const COMMAND = resolve('bin/plimsoll');
const root = mkdtempSync(join(tmpdir(), 'plimsoll-heard-'));
afterAll(() => rmSync(root, { recursive: true }));

const model = writeSmallModel(join(root, 'model'));
const data = writeExamples(join(root, 'data.jsonl'), 8);
// As where it is installed: npx looks here first.
mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
symlinkSync(COMMAND, join(root, 'node_modules/.bin/plimsoll'));

test.each([
  ['nothing', [COMMAND, 'train']],
  ['a shell', ['sh', '-c', '"$@"; exit $?', 'sh', COMMAND, 'train']],
  [
    'a shell in a shell',
    ['sh', '-c', 'sh -c \'"$@"; true\' sh "$@"; true', 'sh', COMMAND, 'train'],
  ],
  ['npx', ['npx', '--offline', 'plimsoll', 'train']],
  ['a program of another’s that starts it', ['env', 'FOO=1', 'nice', COMMAND, 'train']],
])('%s', (between, command) => {
  const folder = join(root, between.replaceAll(/\W/g, '-'));
  const verdict = `${folder}.json`;
  const flags = [
    '--base-model',
    model,
    '--data',
    data,
    '--max-steps',
    '2',
    '--run-directory',
    folder,
  ];
  const words = ['run', '--verdict', verdict, '--', ...command, ...flags];
  const env = { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: root };
  const { status, stderr } = spawnSync(COMMAND, words, { cwd: root, env, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(runVerdictSchema.parse(JSON.parse(readFileSync(verdict, 'utf8')))).toMatchObject({
    cause: 'completed',
    run_folder: folder,
    step: 2,
    of: 2,
    predicted_peak_bytes: expect.any(Number),
  });
});
