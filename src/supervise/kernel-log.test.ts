/** @file What the kernel's log held before an attempt is passed over, and what comes then is not. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openKernelLog } from './kernel-log.ts';

/** A pipe gives, as the log does, what is there, and refuses to wait for more. */
function fakeLog() {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-log-'));
  const device = join(folder, 'kmsg');
  execFileSync('mkfifo', [device]);
  const fd = openSync(device, constants.O_RDWR);
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return {
    device,
    kill: (sequence: number, pid: number) =>
      writeSync(fd, `6,${sequence},1000,-;Out of memory: Killed process ${pid} (python3)\n`),
  };
}

it('from now on: its place is known with the first record', () => {
  const { device, kill } = fakeLog();
  kill(7, 100);
  const log = openKernelLog(device, 'now');
  log.read();
  expect(log.log()).toEqual({ readable: true, kills: [], gap: null });
  expect(log.mark()).toBeNull();
  kill(8, 200);
  log.read();
  expect(log.log()).toMatchObject({ kills: [{ pids: [200] }], gap: null });
  expect(log.mark()?.sequence).toBe(8);
  log.close();
});

it('from now on, with its place known before', () => {
  const { device, kill } = fakeLog();
  kill(7, 100);
  const log = openKernelLog(device);
  expect(log.mark()).toEqual({ sequence: 7, lines: [], gap: null });
  kill(9, 200);
  log.read();
  expect(log.log()).toMatchObject({ kills: [{ pids: [200] }] });
  expect(log.mark()?.gap).toMatch(/overwritten/);
  log.close();
});
