/** @file `plimsoll run` around a program that ends in some way, and the verdict on it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { memoryCgroup, type MemoryGroup } from '#kernel';
import { check, problemsText, runVerdictSchema, type Verdict } from '#protocol';
import type { TestCgroup } from '../cgroup.ts';
import { remember } from './rounds.ts';

export const COMMAND = join(import.meta.dirname, '../../bin/plimsoll');

export interface Scene {
  /** flags of `plimsoll run` */
  readonly flags?: readonly string[];
  /** run inside this group, so that its limit is around the attempt's own */
  readonly within?: TestCgroup;
  /** a shell line that goes on with `"$@"`: for a mount namespace of its own, say */
  readonly enter?: string;
  /** the process that a line of output tells of, once it is time to act; by default the first, `word PID` */
  readonly ready?: (line: string) => number | null;
  /** once the program is ready */
  readonly act?: (seen: {
    readonly pid: number;
    /** the attempt's own */
    readonly group: MemoryGroup;
    readonly plimsoll: ChildProcess;
  }) => void | Promise<void>;
}

export interface Supervised {
  readonly code: number | null;
  readonly verdict: Verdict;
  readonly stdout: string;
  readonly stderr: string;
}

export async function supervised(
  command: readonly string[],
  { flags = [], within, enter, ready = wordAndPid, act }: Scene = {},
): Promise<Supervised> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-fault-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'verdict.json');
  const words = [COMMAND, 'run', ...flags, '--verdict', file, '--', ...command];
  const env = { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: folder };
  const [program = '', ...args] = enter === undefined ? words : ['sh', '-c', enter, 'sh', ...words];
  const plimsoll = within
    ? within.start(program, args, { env, sampleEveryMs: 0 }).child
    : spawn(program, args, { env });

  let [stdout, stderr] = ['', ''];
  plimsoll.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface({ input: plimsoll.stdout! });
  const acts: Promise<void>[] = [];
  lines.on('line', (line) => {
    stdout += `${line}\n`;
    const pid = act && acts.length === 0 ? ready(line) : null;
    if (!act || pid === null) return;
    const acting = (async () =>
      await act({ pid, group: memoryCgroup(pid).groups[0]!, plimsoll }))();
    acting.catch(() => plimsoll.kill()); // what was to happen to it never will
    acts.push(acting);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    plimsoll.once('close', (...end) => resolve(end)),
  );
  await Promise.all(acts);
  if (!existsSync(file)) throw new Error(`no verdict: ${code ?? signal}, ${stdout}${stderr}`);
  const { value, problems } = check(runVerdictSchema, JSON.parse(readFileSync(file, 'utf8')));
  if (problems) throw new Error(problemsText(problems));
  remember(value);
  return { code, verdict: value, stdout, stderr };
}

export const wordAndPid = (line: string): number => Number(line.split(' ')[1]);
