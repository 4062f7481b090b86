/** @file A command under supervision is as it would be without: what it reads and writes, and what it leaves behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { memoryCgroup, type MemoryGroup, readText } from '#kernel';
import { cgroupsUnavailable } from '../cgroup.ts';
import { COMMAND, supervised } from './supervised.ts';

vi.setConfig({ testTimeout: 60_000 });

it('nothing is left behind: neither orphans nor the group', async () => {
  let group: MemoryGroup | undefined;
  const { stdout, code } = await supervised(
    ['sh', '-c', 'echo main $$; setsid sleep 300 >/dev/null 2>&1 & sleep 0.3; exit 3'],
    {
      flags: cgroupsUnavailable() === null ? ['--memory', '50M'] : [],
      act: (seen) => (group = seen.group) && undefined,
    },
  );
  expect(code).toBe(3);
  expect(stdout).toMatch(/^main \d+$/m);
  expect(group?.path).toMatch(/plimsoll-\d{8}/);
  expect(existsSync(group!.folder)).toBe(false);
});

it("input, output, environment and places to write to are the command's own", async () => {
  const script =
    'read word; echo "$word $line $told $MALLOC_ARENA_MAX."; echo problem > /dev/stderr';
  const enter = 'echo given | line=its told=own "$@"';
  const { stdout, stderr, code } = await supervised(['sh', '-c', script], { enter });
  expect({ stdout, stderr, code }).toEqual({
    stdout: 'given its own .\n',
    stderr: 'problem\n',
    code: 0,
  });
});

it('a reader that goes ends the command as it would without us', async () => {
  const enter = '"$@" | head -1';
  const { stdout, verdict } = await supervised(['yes'], { enter });
  expect(stdout).toBe('y\n');
  expect(verdict).toMatchObject({ cause: 'crashed', signal: 'SIGPIPE' });
});

it.skipIf(cgroupsUnavailable() !== null)(
  'the command ends with us, if somebody kills us: its children and its group, too',
  async () => {
    const words = [COMMAND, 'run', '--', 'sh', '-c', 'setsid sleep 300 & echo main $$; sleep 300'];
    const state = mkdtempSync(join(tmpdir(), 'plimsoll-fault-'));
    onTestFinished(() => rmSync(state, { recursive: true }));
    const plimsoll = spawn('sh', ['-c', 'exec "$@"', 'sh', ...words], {
      env: { ...process.env, XDG_STATE_HOME: state },
    });
    const [line] = await once(createInterface({ input: plimsoll.stdout }), 'line');
    const group = memoryCgroup(Number(String(line).split(' ')[1])).groups[0]!;
    const pids = () => readText(join(group.folder, 'cgroup.procs'));
    await expect.poll(() => pids()?.trim().split('\n').length, { timeout: 10_000 }).toBe(3);
    await sleep(300); // it has a warden by then
    plimsoll.kill('SIGKILL');
    await expect.poll(() => existsSync(group.folder), { timeout: 20_000 }).toBe(false);
  },
);

it('of much output nothing is lost, however slow its reader is', async () => {
  const { stdout, verdict } = await supervised(['head', '-c', '3000000', '/dev/zero'], {
    enter: '"$@" | { sleep 1.5; wc -c; }',
  });
  expect(stdout.trim()).toBe('3000000');
  expect(verdict.cause).toBe('completed');
});
