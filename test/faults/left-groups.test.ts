/** @file What stays where plimsoll and its warden are both killed: `plimsoll doctor` finds it, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { memoryCgroup, type MemoryGroup, readText } from '#kernel';
import { cgroupsUnavailable } from '../cgroup.ts';
import { plimsoll } from '../plimsoll.ts';
import { COMMAND } from './supervised.ts';

vi.setConfig({ testTimeout: 60_000 });
const unavailable = cgroupsUnavailable();

interface Running {
  readonly supervisor: ChildProcess;
  readonly command: number;
  readonly group: MemoryGroup;
}

async function running(): Promise<Running> {
  const state = mkdtempSync(join(tmpdir(), 'plimsoll-left-'));
  const words = ['run', '--', 'sh', '-c', 'echo main $$; exec sleep 300'];
  const supervisor = spawn(COMMAND, words, { env: { ...process.env, XDG_STATE_HOME: state } });
  const [line] = await once(createInterface({ input: supervisor.stdout }), 'line');
  const command = Number(String(line).split(' ')[1]);
  const group = memoryCgroup(command).groups[0]!;
  onTestFinished(async () => {
    for (const pid of [command, supervisor.pid!]) end(pid);
    await expect.poll(() => isRemoved(group)).toBe(true);
    rmSync(state, { recursive: true });
  });
  return { supervisor, command, group };
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** By its warden, or else here. */
function isRemoved({ folder }: MemoryGroup): boolean {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it still, or it is gone.
  }
  return !existsSync(folder);
}

/** Of the group alone: other tests have theirs. */
function left({ folder }: MemoryGroup): number[] | null {
  const { left_groups: groups } = JSON.parse(plimsoll('doctor', '--json').stdout);
  const found = groups.find((each: { folder: string }) => each.folder === folder);
  return found === undefined ? null : found.processes;
}

async function killWarden({ group }: Running): Promise<void> {
  const wardens = () =>
    readdirSync('/proc').filter((pid) => {
      const words = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
      return words.includes('plimsoll-warden') && words.includes(group.folder);
    });
  await expect.poll(() => wardens().length).toBe(1);
  end(Number(wardens()[0]));
  await expect.poll(() => wardens().length).toBe(0);
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 2500));

describe.skipIf(unavailable !== null)(`groups (${unavailable ?? 'real ones'})`, () => {
  it('of a supervisor that lives are nobody’s business, with its warden or without', async () => {
    const run = await running();
    await settled();
    expect(left(run.group)).toBe(null);
    await killWarden(run);
    expect(left(run.group)).toBe(null);
  });

  it('of one that was killed with its warden are told of: while the command runs, and after', async () => {
    const run = await running();
    await killWarden(run);
    run.supervisor.kill('SIGKILL');
    await once(run.supervisor, 'exit');
    await settled();
    expect(left(run.group)).toEqual([run.command]);
    expect(plimsoll('doctor').stdout).toContain(`${run.group.folder}: processes ${run.command};`);
    end(run.command);
    await expect.poll(() => readText(join(run.group.folder, 'cgroup.procs'))).toBe('');
    expect(left(run.group)).toEqual([]);
    expect(existsSync(run.group.folder)).toBe(true); // it is told, and not removed
    rmdirSync(run.group.folder);
    expect(left(run.group)).toBe(null);
  });
});
