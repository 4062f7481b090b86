/** @file What a planner answers that cannot plan: a program in its place says what it does. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { planResumption } from './ask-planner.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-planner-'));
const program = join(folder, 'plimsoll');
afterAll(() => rmSync(folder, { recursive: true }));

async function answerOf(script: string) {
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  const asked = { folder: '/runs/7', memory: 100, correction: 0 };
  return await planResumption(program, asked, 100);
}

const error = (code: string) =>
  `echo 'error: it cannot be read' >&2; echo '{"error": {"code": "${code}"}}' >&2; exit 1`;

test.each<readonly [string, string, string | null, RegExp]>([
  [
    'its data has gone',
    error('DATA_UNREADABLE'),
    'DATA_UNREADABLE',
    /\/runs\/7: it cannot be read/,
  ],
  ['it fits nowhere', error('MEMORY_CANNOT_FIT'), 'MEMORY_CANNOT_FIT', /./],
  ['it was killed', 'kill -9 $$', null, /ended by SIGKILL/],
  ['it told nothing', 'exit 3', null, /./],
])('%s', async (_, script, code, reason) => {
  expect(await answerOf(script)).toEqual({
    kind: 'refused',
    code,
    reason: expect.stringMatching(reason),
  });
});
