/**
 * @file Attempts whose processes outlive the service: begun, found again by what is stored of them, ended.
 *
 * Each is watched by a `plimsoll run` of its own, which writes the verdict into the attempt's folder. Before it
 * begins, its process waits for a word from the service, so that what began is always known to the store: a
 * service that is killed in between takes the word with it, and the process ends without having done anything.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { z } from 'zod';
import { makeFolder, throwWriteError } from '#base';
import { readText } from '#kernel';
import { check, runVerdictSchema, type Verdict } from '#protocol';
import { type KeptProcess, keptProcess, stateOf } from '#supervise';
import { childEnv } from './child-env.ts';

const handleSchema = z.strictObject({
  process: z.strictObject({ pid: z.int(), started: z.int() }).nullable(),
  folder: z.string(),
});

export interface AttemptOrder {
  /** of the attempt, not there yet; absolute */
  readonly folder: string;
  readonly command: readonly string[];
  /** bytes */
  readonly memory: number;
}

export interface Prepared {
  /** by which `look` and `signal` find it, from any process */
  readonly handle: string;
  /** The word to begin. */
  begin(): void;
}

export type Look =
  | { readonly kind: 'alive' }
  | { readonly kind: 'unbegun' }
  | { readonly kind: 'ended'; readonly verdict: Verdict };

/** Beside the limit of the attempt itself: what watches it. */
export const WATCHER_BYTES = 24 * 2 ** 20;

const VERDICT = 'verdict.json';
export const OUTPUT = 'output.log';
const BEGUN = 'begun';

/**
 * It is the first to go when a limit that it shares with the service is reached (oom_score_adj; proc(5)). A
 * process may always raise its own.
 */
const SCRIPT = `
read -r word || exit 0
exec </dev/null
echo 500 >/proc/self/oom_score_adj
: >"$1/${BEGUN}" || exit 1
cd "$1" || exit 1
shift
exec "$@"`;

/** @throws PlimsollError FILE_NOT_WRITABLE, DISK_FULL; nothing runs then */
export function prepareAttempt(
  plimsoll: string,
  { folder, command, memory }: AttemptOrder,
): Prepared {
  makeFolder(folder);
  const state = join(folder, 'state'); // of the watcher: its records are not those of the user
  const output = openOutput(join(folder, OUTPUT));
  const watcher = [plimsoll, 'run', '--memory', String(memory), '--attempts', '1'];
  const words = [...watcher, '--verdict', join(folder, VERDICT), '--', ...command];
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', folder, ...words], {
    stdio: ['pipe', output, output],
    detached: true,
    env: { ...childEnv(), XDG_STATE_HOME: state },
  });
  closeSync(output);
  child.on('error', () => {}); // no process: it looks as one that ended
  const gate = child.stdin;
  if (!gate) throw new Error('internal: an attempt without a gate');
  gate.on('error', () => {}); // it was killed before it read the word
  child.unref();
  const handle: Handle = { process: keptProcess(child.pid ?? 0), folder };
  return {
    handle: JSON.stringify(handle),
    begin: () => {
      gate.end('begin\n');
    },
  };
}

/** What can be seen of an attempt. One whose watcher left no verdict gets one that says so. */
export function lookAt(handle: string): Look {
  const { process, folder } = handleOf(handle);
  if (process && stateOf(process).kind === 'alive') return { kind: 'alive' };
  const verdict = verdictIn(folder);
  if (verdict) return { kind: 'ended', verdict };
  if (!existsSync(join(folder, BEGUN))) return { kind: 'unbegun' };
  return { kind: 'ended', verdict: unwatched(folder) };
}

/** SIGTERM asks the attempt to end; SIGKILL ends its watcher, whose warden ends all that is left. */
export function signalAttempt(handle: string, signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR1'): void {
  const { process } = handleOf(handle);
  if (!process || stateOf(process).kind !== 'alive') return;
  try {
    kill(process.pid, signal);
  } catch {
    // It ended in the meantime.
  }
}

interface Handle {
  /** of the watcher; null where none could be started */
  readonly process: KeptProcess | null;
  readonly folder: string;
}

function handleOf(handle: string): Handle {
  const { value } = check(handleSchema, JSON.parse(handle));
  if (!value) throw new Error(`internal: handle ${handle}`);
  return value;
}

function openOutput(file: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch (error) {
    return throwWriteError(file, error);
  }
}

function verdictIn(folder: string): Verdict | null {
  try {
    const text = readFileSync(join(folder, VERDICT), 'utf8');
    const { value } = check(runVerdictSchema, JSON.parse(text));
    if (!value) return null;
    const { attempts: _, ...verdict } = value;
    return verdict;
  } catch {
    return null; // it was not written, or not by this version
  }
}

/** Of what the output says last, its lines are evidence of what happened, not of why. */
function unwatched(folder: string): Verdict {
  const lines = (readText(join(folder, OUTPUT)) ?? '').trimEnd().split('\n').slice(-LAST_LINES);
  return {
    cause: 'unestablished',
    grade: 'possible',
    exit_code: null,
    signal: null,
    limit_bytes: null,
    limit_from: 'not known',
    baseline_bytes: 0,
    peak_bytes: null,
    peak_file_bytes: null,
    predicted_peak_bytes: null,
    phase: null,
    step: null,
    of: null,
    run_folder: null,
    seconds: 0,
    evidence: lines.filter(Boolean).map((line) => `output: ${line}`),
    missing: [
      'how the attempt ended: its watcher ended before it, without a verdict (the machine or the container stopped, or it was killed)',
      'what its control group counted: the group is gone',
    ],
    remedies: [],
  };
}

const LAST_LINES = 5;
