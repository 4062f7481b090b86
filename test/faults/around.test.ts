/** @file Limits of groups around a command, and what cannot be read of its own group or of the kernel's log. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { memoryCgroup, type MemoryGroup } from '#kernel';
import { cgroupsUnavailable, createCgroup } from '../cgroup.ts';
import { killIt } from './cases.ts';
import { BUILT, C } from './programs.ts';
import { IN_ROUNDS } from './rounds.ts';
import { supervised, wordAndPid } from './supervised.ts';

const MIB = 2 ** 20;
vi.setConfig({ testTimeout: 60_000 });
const unavailable = cgroupsUnavailable();
afterAll(() => rmSync(BUILT, { recursive: true }));

const c = (...words: string[]) => [...(C ?? []), ...words];

function around(mib: number) {
  const outer = createCgroup({ limit: mib * MIB });
  onTestFinished(() => outer.remove());
  return outer;
}

describe.skipIf(unavailable !== null || C === null)(
  'the limit of a group around',
  IN_ROUNDS,
  () => {
    it('reached by the command', async () => {
      const outer = around(200);
      const { verdict } = await supervised(c('grow', '400'), { within: outer });
      expect(verdict).toMatchObject({
        cause: 'oom-ancestor-limit',
        grade: 'proven',
        limit_bytes: 200 * MIB,
      });
      expect(verdict.limit_from).toContain(`/${basename(outer.group.path)} `);
      expect(verdict.baseline_bytes).toBeGreaterThan(5 * MIB); // plimsoll itself
    });

    it('reached by a neighbour, which is killed; then kill -9', async () => {
      const outer = around(240);
      const { verdict } = await supervised(c('stay', '10'), {
        within: outer,
        act: async (seen) => {
          const neighbour = outer.start(C![0]!, ['grow', '300'], { sampleEveryMs: 0 });
          await neighbour.ended;
          await killIt(seen);
        },
      });
      expect(verdict).toMatchObject({ cause: 'killed', grade: 'proven' });
    });

    it('reached by a neighbour, and the command is the largest', async () => {
      const outer = around(240);
      const { verdict } = await supervised(c('stay', '120'), {
        within: outer,
        act: async () => {
          const neighbour = outer.start(C![0]!, ['hold', '110'], { sampleEveryMs: 0 });
          neighbour.child.stdin?.end();
          await neighbour.ended;
        },
      });
      expect(verdict).toMatchObject({ cause: 'oom-ancestor-limit', grade: 'proven' });
    });

    it('reached by many small processes, and plimsoll has more than each of them', async () => {
      const many =
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ("$@" || echo "killed $?") & done; wait';
      const { verdict } = await supervised(['sh', '-c', many, 'sh', ...c('stay', '15')], {
        within: around(140),
        ready: (line) => (line.startsWith('killed') ? wordAndPid(line) : null),
        act: ({ plimsoll }) => void plimsoll.kill('SIGTERM'),
      });
      expect(verdict).toMatchObject({ cause: 'oom-child', grade: 'proven' });
    });
  },
);

const noCounters = 'umount /sys/fs/cgroup/memory && exec "$@"';
const noLog = 'mount --bind /dev/null /dev/kmsg';
const inNamespace = (script: string) => `exec unshare --mount sh -c '${script}' sh "$@"`;

describe.skipIf(unavailable !== null || memoryCgroup().version !== 1 || C === null)(
  'what cannot be read',
  IN_ROUNDS,
  () => {
    it('neither counters nor log: kill -9 stays open', async () => {
      const enter = inNamespace(`${noLog} && ${noCounters}`);
      const { verdict, stderr } = await supervised(c('stay', '10'), { enter, act: killIt });
      expect(verdict).toMatchObject({ cause: 'unestablished', grade: 'possible' });
      expect(verdict.missing.join('\n')).toMatch(/the kernel log/);
      expect(stderr).toMatch(/^warning: no control group can be made here/);
    });

    it('no log: the counters are enough', async () => {
      const enter = inNamespace(`${noLog} && exec "$@"`);
      const { verdict } = await supervised(c('grow', '200'), { enter, flags: ['--memory', '60M'] });
      expect(verdict).toMatchObject({ cause: 'oom-own-limit', grade: 'proven' });
      expect(verdict.evidence.join('\n')).not.toMatch(/kernel log/);
    });

    it('no log: the counters of a group around are enough', async () => {
      const outer = around(200);
      const enter = inNamespace(`${noLog} && exec "$@"`);
      const { verdict } = await supervised(c('grow', '400'), { enter, within: outer });
      expect(verdict).toMatchObject({
        cause: 'oom-ancestor-limit',
        grade: 'proven',
        limit_bytes: 200 * MIB,
      });
    });

    it('no log: a child was killed', async () => {
      const enter = inNamespace(`${noLog} && exec "$@"`);
      const command = ['sh', '-c', '"$@"; exit 0', 'sh', ...c('grow', '200')];
      const { verdict } = await supervised(command, { enter, flags: ['--memory', '60M'] });
      expect(verdict).toMatchObject({ cause: 'oom-child', grade: 'proven', exit_code: 0 });
    });

    it('no counters: the log is enough', async () => {
      await untilLogTells();
      const outer = around(200);
      const enter = inNamespace(noCounters);
      const { verdict } = await supervised(c('grow', '400'), { enter, within: outer });
      expect(verdict).toMatchObject({ cause: 'oom-ancestor-limit', grade: 'proven' });
    });

    it('counters that vanish before the end: the log is enough', async () => {
      await untilLogTells();
      const enter = inNamespace('exec "$@"');
      let group: MemoryGroup | undefined;
      const { verdict } = await supervised(c('hold', '10', '200'), {
        enter,
        flags: ['--memory', '60M'],
        act: (seen) => {
          group = seen.group;
          unmountCounters(seen.plimsoll);
          seen.plimsoll.stdin?.end('\n');
        },
      });
      onTestFinished(() => rmdirSync(group!.folder));
      expect(verdict).toMatchObject({ cause: 'oom-own-limit', grade: 'proven' });
      expect(verdict.missing.join('\n')).toMatch(/counters of \S+: they could not be read/);
    });

    it('counters that vanish before the end, and no log: kill -9 stays open', async () => {
      const enter = inNamespace(`${noLog} && exec "$@"`);
      let group: MemoryGroup | undefined;
      const { verdict } = await supervised(c('stay', '10'), {
        enter,
        act: (seen) => {
          group = seen.group;
          unmountCounters(seen.plimsoll);
          process.kill(seen.pid, 'SIGKILL');
        },
      });
      onTestFinished(() => rmdirSync(group!.folder));
      expect(verdict).toMatchObject({ cause: 'unestablished', grade: 'possible' });
    });
  },
);

describe.skipIf(unavailable !== null || C === null)('moved out of its group', IN_ROUNDS, () => {
  it('into one whose limit kills it', async () => {
    await untilLogTells();
    const other = around(60);
    const { verdict } = await supervised(c('hold', '10', '200'), {
      act: async ({ pid, plimsoll }) => {
        writeFileSync(join(other.group.folder, 'cgroup.procs'), String(pid));
        await sleep(300); // long enough to be sampled there
        plimsoll.stdin?.end('\n');
      },
    });
    expect(verdict).toMatchObject({ cause: 'oom-ancestor-limit', grade: 'proven' });
  });

  it('the group is removed; then kill -9: the log does not name it', async () => {
    const other = around(60);
    const { verdict } = await supervised(c('stay', '10'), {
      act: async ({ pid, group }) => {
        writeFileSync(join(other.group.folder, 'cgroup.procs'), String(pid));
        rmdirSync(group.folder);
        await sleep(300);
        process.kill(pid, 'SIGKILL');
      },
    });
    expect(verdict).toMatchObject({ cause: 'killed', grade: 'proven' });
    expect(verdict.missing.join('\n')).toMatch(/its control group/);
  });
});

/** What the supervisor sees, not what we see: the mount is that of its namespace. */
function unmountCounters({ pid }: ChildProcess): void {
  const words = ['--target', String(pid), '--mount', 'umount', '--lazy', '/sys/fs/cgroup/memory'];
  execFileSync('nsenter', words);
}

/** The kernel says of ten kills in five seconds at most whose limit it was (oom_kill_process in mm/oom_kill.c). */
async function untilLogTells(): Promise<void> {
  await sleep(5_100);
}
