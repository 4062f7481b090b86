/** @file Our own command line, asked in a process of its own: one question at a time, others wait. */
import { execFile, type ExecFileOptions } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv } from './child-env.ts';

export interface Reply {
  readonly stdout: string;
  /** where it printed no answer, why */
  readonly refusal: Refusal;
}

export interface Refusal {
  /** of the error table, or INTERNAL */
  readonly code: string;
  readonly message: string;
  /** what the message is made of */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ChildQueue {
  /** @param words of the command line @param signal ends the child; there is an empty reply then */
  ask(words: readonly string[], signal?: AbortSignal): Promise<Reply>;
}

/** A prediction of a large model has some 100 KiB. */
const MOST_OUTPUT = 16 * 2 ** 20;
/** Reading and cutting 2,000,000 examples takes minutes; past this something hangs. */
const WITHIN_MS = 30 * 60_000;

/** One: the service keeps memory for one such process beside itself. */
export function childQueue(plimsoll: string): ChildQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask: async (words, signal) => {
      const before = last;
      const reply = before.then(() => asked(plimsoll, words, signal));
      last = reply.catch(() => undefined); // its asker is told
      return await reply;
    },
  };
}

/** Where it shares a limit with the service, it is the first to go (oom_score_adj; proc(5)). */
const SCRIPT = 'echo 500 >/proc/self/oom_score_adj; exec "$0" "$@"';

async function asked(
  plimsoll: string,
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Reply> {
  if (signal?.aborted) return { stdout: '', refusal: refusalIn('', 'nobody waits for it') };
  // A child that is ended leaves what it had there.
  const temporary = mkdtempSync(join(tmpdir(), 'plimsoll-asked-'));
  const limits = { maxBuffer: MOST_OUTPUT, timeout: WITHIN_MS };
  const env = { ...childEnv(), TMPDIR: temporary };
  try {
    return await replyTo([plimsoll, ...words], { ...limits, env, ...(signal && { signal }) });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function replyTo(command: readonly string[], options: ExecFileOptions): Promise<Reply> {
  return await new Promise((resolve) => {
    const all = ['-c', SCRIPT, ...command];
    const child = execFile('/bin/sh', all, options, (error, stdout, stderr) => {
      const why = refusalIn(String(stderr), error?.message ?? 'it printed no answer');
      const reply = { stdout: String(stdout), refusal: why };
      // Where it is aborted this is called before it has ended.
      const hasEnded = child.exitCode !== null || child.signalCode !== null;
      if (hasEnded || child.pid === undefined) resolve(reply);
      else child.once('exit', () => resolve(reply));
    });
  });
}

/** With --json the last line of standard error is the error as an object. */
export function refusalIn(stderr: string, otherwise: string): Reply['refusal'] {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  const error: unknown = Reflect.get(Object(parsed(line)), 'error');
  const [code, message, facts] = ['code', 'message', 'facts'].map((key): unknown =>
    Reflect.get(Object(error), key),
  );
  return typeof code === 'string' && typeof message === 'string'
    ? { code, message, facts: { ...Object(facts) } }
    : { code: 'INTERNAL', message: `the child process has no answer: ${otherwise}`, facts: {} };
}

/** Null for what is no JSON: no answer, which the caller tells. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
