/** @file A command under supervision is as it would be without: what it reads and writes, and what it leaves behind. */
import { existsSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import type { MemoryGroup } from '#kernel';
import { cgroupsUnavailable } from '../cgroup.ts';
import { supervised } from './supervised.ts';

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
  const script = 'read line; echo "$line $MALLOC_ARENA_MAX."; echo problem > /dev/stderr';
  const enter = 'echo given | "$@"';
  const { stdout, stderr, code } = await supervised(['sh', '-c', script], { enter });
  expect({ stdout, stderr, code }).toEqual({ stdout: 'given .\n', stderr: 'problem\n', code: 0 });
});

it('a reader that goes ends the command as it would without us', async () => {
  const enter = '"$@" | head -1';
  const { stdout, verdict } = await supervised(['yes'], { enter });
  expect(stdout).toBe('y\n');
  expect(verdict).toMatchObject({ cause: 'crashed', signal: 'SIGPIPE' });
});
