/** @file Pieces of a pipe come whole and in order, however late each is taken. */
import { execFileSync, spawn } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pipeSource } from './source.ts';

test('a piece is there until it is done with, and then the next comes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-source-'));
  const name = join(folder, 'pipe');
  execFileSync('mkfifo', [name]);
  const source = pipeSource(openSync(name, constants.O_RDONLY | constants.O_NONBLOCK));
  const writer = spawn('sh', ['-c', 'seq 100000 > "$1"', 'sh', name], { stdio: 'ignore' });
  const pieces: Buffer[] = [];
  source.read((piece, done) => {
    setTimeout(() => {
      pieces.push(Buffer.from(piece));
      done();
    }, 1);
  });
  await source.ended;
  rmSync(folder, { recursive: true });
  const expected = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join('');
  expect(Buffer.concat(pieces).toString() === expected).toBe(true);
  expect(pieces.length).toBeGreaterThan(8);
  expect(writer.exitCode === null || writer.exitCode === 0).toBe(true);
});
