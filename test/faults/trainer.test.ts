/**
 * @file Our own trainer as the victim. It gives way for as long as it can when memory runs short, so for a
 * kill it is starved (../starve.ts).
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { MemoryGroup } from '#kernel';
import { cgroupsUnavailable, createCgroup } from '../cgroup.ts';
import { trainWatched } from '../plimsoll.ts';
import { writeExamples } from '../small-model.ts';
import { starve } from '../starve.ts';
import { killIt } from './cases.ts';
import { IN_ROUNDS } from './rounds.ts';
import { COMMAND, type Scene, supervised } from './supervised.ts';

vi.setConfig({ testTimeout: 180_000 });
const unavailable = cgroupsUnavailable();
const root = mkdtempSync(join(tmpdir(), 'plimsoll-fault-trainer-'));
afterAll(() => rmSync(root, { recursive: true }));

const MIB = 2 ** 20;
/** Far from what the embedded base takes; the tests lower it. */
const LIMIT = 600;
const flags = ['--memory', `${LIMIT}M`, '--attempts', '1'];
const data = writeExamples(join(root, 'data.jsonl'), 40);

/** More steps than it will do: its end is not its own. */
const train = (folder: string, ...words: string[]) => [
  COMMAND,
  'train',
  '--json',
  `--base-model=${resolve('assets/base-model')}`,
  `--data=${data}`,
  `--run-directory=${folder}`,
  '--epochs=100000',
  '--max-steps=100000',
  ...words,
];

/** Once it has done so many steps, by its events. */
function training(steps = 1): NonNullable<Scene['ready']> {
  let pid = 0;
  return (line) => {
    const event = JSON.parse(line);
    if (event.type === 'run-started') pid = event.pid;
    return event.type === 'step' && event.step >= steps ? pid : null;
  };
}

/** Into the group around this one. */
function moveOut({ pid }: ChildProcess, { folder }: MemoryGroup): void {
  writeFileSync(join(dirname(folder), 'cgroup.procs'), String(pid));
}

const starved: NonNullable<Scene['act']> = ({ pid, group }) => starve(pid, group);

describe.skipIf(unavailable !== null)(
  `a trainer of ours (${unavailable ?? 'in real groups'})`,
  IN_ROUNDS,
  () => {
    it('its own limit, lowered under it', async () => {
      const ended = await supervised(train(join(root, 'own')), {
        flags,
        ready: training(),
        act: starved,
      });
      expect(ended.code, ended.stderr).toBe(137);
      expect(ended.verdict).toMatchObject({
        cause: 'oom-own-limit',
        grade: 'proven',
        limit_from: '--memory',
        phase: 'train',
      });
      expect(ended.verdict.limit_bytes).toBeLessThan(LIMIT * MIB);
      expect(ended.verdict.step).toBeGreaterThan(0);
      expect(ended.verdict.predicted_peak_bytes).toBeGreaterThan(30 * MIB);
    });

    it('the limit of a group around it', async () => {
      await using outer = createCgroup({ limit: 2 * LIMIT * MIB });
      const ended = await supervised(train(join(root, 'around')), {
        flags,
        within: outer,
        ready: training(),
        act: async (seen) => {
          // A victim's memory comes back a little after its end. Where the limit fires again before that, the
          // next largest goes, too, and that must not be who watches.
          moveOut(seen.plimsoll, outer.group);
          await starve(seen.pid, outer.group);
        },
      });
      expect(ended.code, ended.stderr).toBe(137);
      expect(ended.verdict).toMatchObject({ cause: 'oom-ancestor-limit', grade: 'proven' });
      expect(ended.verdict.limit_from).toContain(`/${basename(outer.group.path)} `);
    });

    it('kill -9, far from the limit', async () => {
      const ended = await supervised(train(join(root, 'kill')), {
        flags,
        ready: training(),
        act: killIt,
      });
      expect(ended.code, ended.stderr).toBe(137);
      expect(ended.verdict).toMatchObject({ cause: 'killed', grade: 'proven' });
    });

    it.each([
      ['exits as it did', '"$@"; exit $?', 137],
      ['exits with 0', '"$@"; exit 0', 0],
    ])('behind a shell, which %s', async (_, line, code) => {
      const command = ['sh', '-c', line, 'sh', ...train(join(root, `shell-${code}`))];
      const ended = await supervised(command, {
        flags,
        ready: training(),
        act: starved,
      });
      expect(ended.code, ended.stderr).toBe(code);
      expect(ended.verdict).toMatchObject({ cause: 'oom-child', grade: 'proven' });
    });

    it('while it writes a checkpoint: the one before is whole', async () => {
      const folder = join(mkdtempSync(join(root, 'round-')), 'checkpoint');
      const ended = await supervised(
        train(folder, '--method', 'full', '--checkpoint-every', '1', '--schedule', 'constant'),
        {
          flags,
          ready: training(3), // there are checkpoints before it
          act: async ({ pid, group, plimsoll: supervisor }) => {
            await holdAsItWrites(join(folder, 'checkpoint'), pid, supervisor);
            await starve(pid, group);
          },
        },
      );
      expect(ended.code, ended.stderr).toBe(137);
      expect(ended.verdict).toMatchObject({ cause: 'oom-own-limit', grade: 'proven' });
      expect(halfWritten(join(folder, 'checkpoint'))).toBe(true);
      const step = ended.verdict.step ?? 0;
      let from: number | undefined;
      await trainWatched(['--resume-from', folder], (event, child) => {
        if (event.type === 'run-started') from = event.resumedFrom?.step;
        if (event.type === 'step') child.kill('SIGKILL');
      });
      expect(from).toBeGreaterThanOrEqual(step - 1); // with a checkpoint after each step
    });
  },
);

const halfWritten = (folder: string) => readdirSync(folder).some((name) => name.endsWith('.tmp'));

/** Stops it between the first byte of a new checkpoint and the rename that makes it count. */
async function holdAsItWrites(
  folder: string,
  pid: number,
  supervisor: ChildProcess,
): Promise<void> {
  while (supervisor.exitCode === null) {
    if (halfWritten(folder)) {
      process.kill(pid, 'SIGSTOP');
      await sleep(20); // a system call under way is done by then
      if (halfWritten(folder)) return;
      process.kill(pid, 'SIGCONT');
    }
    await sleep(1);
  }
}
