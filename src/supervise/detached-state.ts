/**
 * @file What is kept of a detached attempt in its folder, so that another process can go on: what it was launched
 * with, written before its first instruction; what was seen since, replaced at each look; samples, added one a line.
 */
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileSafely } from '#base';
import { readText } from '#kernel';
import type { Before } from './before.ts';
import type { Asked, GuardNote } from './facts.ts';
import type { GuardPolicy } from './guard.ts';
import type { KernelLogMark } from './kernel-log.ts';
import type { KeptProcess } from './kept-process.ts';
import { putFile } from './put-file.ts';
import type { Sample } from './samples.ts';

export interface Launched {
  /** of this version of the file's form */
  readonly form: 1;
  readonly runId: string;
  readonly attempt: number;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly memory: number | null;
  readonly timeoutSeconds: number | null;
  readonly graceSeconds: number;
  readonly guard: GuardPolicy;
  readonly startedAt: string;
  /** of the machine's start: with another, processes, groups and the kernel's log are others */
  readonly boot: string;
  /** folders in which its group may have been made */
  readonly groupFolders: readonly string[];
  /** null until its processes are there, and wait for the word to begin */
  readonly begun: {
    readonly main: KeptProcess;
    readonly keeper: KeptProcess;
    readonly before: Before;
    readonly kernelLog: KernelLogMark | null;
  } | null;
}

export interface Progress {
  readonly asked: (Asked & { readonly at: number; readonly sent: boolean }) | null;
  readonly guard: readonly GuardNote[];
  readonly mostProcesses: number;
  readonly leftGroup: boolean;
  readonly kernelLog: KernelLogMark | null;
}

export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

const LAUNCHED = 'launched.json';
const PROGRESS = 'progress.json';
const SAMPLES = 'samples.jsonl';

export function writeLaunched(folder: string, launched: Launched): void {
  writeFileSafely(join(folder, LAUNCHED), `${JSON.stringify(launched)}\n`);
}

/** Null where nothing was launched in this folder. */
export function readLaunched(folder: string): Launched | null {
  return parsed(join(folder, LAUNCHED));
}

export function writeProgress(folder: string, progress: Progress): void {
  putFile(join(folder, PROGRESS), `${JSON.stringify(progress)}\n`);
}

export function readProgress(folder: string): Progress | null {
  return parsed(join(folder, PROGRESS));
}

export function addSample(folder: string, sample: Sample): void {
  appendFileSync(join(folder, SAMPLES), `${JSON.stringify(sample)}\n`);
}

/** In place of all that were added: fewer of them. */
export function replaceSamples(folder: string, samples: readonly Sample[]): void {
  putFile(join(folder, SAMPLES), samples.map((each) => `${JSON.stringify(each)}\n`).join(''));
}

export function readSamples(folder: string): Sample[] {
  const text = readText(join(folder, SAMPLES)) ?? '';
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.flatMap((line) => sampleIn(line) ?? []);
}

function sampleIn(line: string): Sample | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a line that a full disk cut off, and the next one behind it
  }
}

export function removeState(folder: string): void {
  // What we left when we were killed as we wrote it (files.ts of base/).
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`.${LAUNCHED}.`)) rmSync(join(folder, name), { force: true });
  }
  for (const name of [PROGRESS, SAMPLES, `${PROGRESS}.tmp`, `${SAMPLES}.tmp`, LAUNCHED]) {
    rmSync(join(folder, name), { force: true });
  }
}

/** Written by us alone. Null where it is not there, or the machine's own end left a part of it. */
function parsed(file: string) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
