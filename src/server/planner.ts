/** @file Asks `plimsoll plan` what a run will take, in a process of its own: one at a time, others wait. */
import { execFile } from 'node:child_process';
import { check, type Prediction, predictionSchema } from '#protocol';
import { childEnv } from './child-env.ts';

export type Answer =
  | { readonly kind: 'predicted'; readonly prediction: Prediction }
  /** of the error table, or INTERNAL */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface Planner {
  /** @param words flags of `plimsoll plan` @param memory bytes of the limit */
  ask(words: readonly string[], memory: number): Promise<Answer>;
}

/** A prediction of a large model has some 100 KiB. */
const MOST_OUTPUT = 16 * 2 ** 20;
/** Reading and cutting 2,000,000 examples takes minutes; past this something hangs. */
const WITHIN_MS = 30 * 60_000;

export function plannerOf(plimsoll: string): Planner {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask: async (words, memory) => {
      const before = last;
      const answer = before.then(() => ask(plimsoll, ['--memory', String(memory), ...words]));
      last = answer;
      return await answer;
    },
  };
}

/** Where it shares a limit with the service, it is the first to go (oom_score_adj; proc(5)). */
const SCRIPT = 'echo 500 >/proc/self/oom_score_adj; exec "$0" "$@"';

async function ask(plimsoll: string, words: readonly string[]): Promise<Answer> {
  const options = { maxBuffer: MOST_OUTPUT, env: childEnv(), timeout: WITHIN_MS };
  const shell = ['-c', SCRIPT, plimsoll, 'plan', '--json', ...words];
  return await new Promise((resolve) => {
    execFile('/bin/sh', shell, options, (error, stdout, stderr) => {
      const prediction = check(predictionSchema, parsed(stdout)).value;
      if (prediction) resolve({ kind: 'predicted', prediction });
      else resolve(refusal(stderr, error?.message ?? 'it printed no answer'));
    });
  });
}

/** With --json the last line of standard error is the error as an object. */
function refusal(stderr: string, otherwise: string): Answer {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  const error: unknown = Reflect.get(Object(parsed(line)), 'error');
  const [code, message] = ['code', 'message'].map((key): unknown =>
    Reflect.get(Object(error), key),
  );
  return typeof code === 'string' && typeof message === 'string'
    ? { kind: 'refused', code, message }
    : { kind: 'refused', code: 'INTERNAL', message: `the planner has no answer: ${otherwise}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no answer, which the caller tells
  }
}
