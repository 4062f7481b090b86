/** @file Commands are found as a shell finds them, or refused with its exit codes. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findCommand } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-command-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string, mode: number) => {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, mode);
  return file;
};
const first = join(place('first/plain', 0o644), '..');
const runs = place('second/plain', 0o755);

it('by PATH, past a file of that name that cannot run', () => {
  expect(findCommand('plain', `${first}:${join(runs, '..')}`)).toBe(runs);
});

it('by its path', () => {
  expect(findCommand(runs, '')).toBe(runs);
});

it.each([
  ['nowhere', 'COMMAND_NOT_FOUND', 127],
  ['./nowhere', 'COMMAND_NOT_FOUND', 127],
  ['plain', 'COMMAND_NOT_EXECUTABLE', 126],
  [folder, 'COMMAND_NOT_EXECUTABLE', 126],
])('%s is refused: %s', (command, code, exitCode) => {
  expect(() => findCommand(command, first)).toThrow(expect.objectContaining({ code, exitCode }));
});
