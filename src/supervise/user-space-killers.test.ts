/** @file Lines of earlyoom and systemd-oomd, in a log that other programs write to as well. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { killersSince, markLogs } from './user-space-killers.ts';

const EARLYOOM =
  'Jan  1 00:00:00 host earlyoom[88]: sending SIGKILL to process 12 uid 0 "python3": badness 900, VmRSS 300 MiB';
const OOMD =
  'Jan  1 00:00:00 host systemd-oomd[99]: Killed /user.slice/plimsoll-1/inner due to memory pressure for /user.slice being 70.00% > 60.00% for > 30s with reclaim activity';

function log(before: string) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'syslog');
  writeFileSync(file, before);
  return file;
}

const END = { pid: 12, group: 'plimsoll-1', exitCode: null };

it('what is new and names the process or its group', () => {
  const file = log('old\n');
  const marks = markLogs([file, '/nonexistent/log']);
  appendFileSync(file, `${EARLYOOM}\nsshd: sending SIGKILL to process 13\n${OOMD}\n`);
  expect(killersSince(marks, END).killerLines).toEqual([EARLYOOM, OOMD]);
});

it('not what is old, nor of a process or group whose name only begins the same', () => {
  const file = log(`${EARLYOOM}\n`);
  const marks = markLogs([file]);
  appendFileSync(file, `${EARLYOOM.replace('process 12', 'process 123')}\n${OOMD}\n`);
  expect(killersSince(marks, { ...END, group: 'plimsoll' }).killerLines).toEqual([]);
});

it('a log that was rotated meanwhile is read from its beginning', () => {
  const file = log('a long line\n'.repeat(100));
  const marks = markLogs([file]);
  writeFileSync(file, `${EARLYOOM}\n`);
  expect(killersSince(marks, { ...END, group: null }).killerLines).toEqual([EARLYOOM]);
});
