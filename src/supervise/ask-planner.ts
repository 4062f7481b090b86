/**
 * @file Asks `plimsoll plan` whether a run of ours can go on under a limit, in a process of its own: it
 * computes nothing and takes some 45 MiB while it looks.
 */
import { execFile } from 'node:child_process';
import { ERRORS, formatBytes } from '#base';
import type { Prediction } from '#protocol';
import { type Resumption, resumptionFlags } from './resume-command.ts';

export type PlannedResumption =
  | {
      readonly kind: 'fits';
      readonly memory: number | null;
      readonly prediction: Prediction;
    }
  | {
      readonly kind: 'refused';
      /** of the error table; null where the planner itself failed */
      readonly code: string | null;
      readonly reason: string;
    };

/**
 * The plan with which the run can go on: under the limit asked for, else under the smallest that will do, as
 * far as it may be raised.
 *
 * @param most bytes of the highest limit that is allowed
 */
export async function planResumption(
  plimsoll: string,
  asked: Resumption,
  most: number | null,
): Promise<PlannedResumption> {
  let { memory } = asked;
  for (;;) {
    const answer = await ask(plimsoll, { ...asked, memory });
    if (answer.prediction?.fits) return { kind: 'fits', memory, prediction: answer.prediction };
    const higher = memory === null || most === null ? null : raised(answer, memory, most);
    if (higher === null) {
      const code = answer.prediction === null ? answer.code : 'MEMORY_CANNOT_FIT';
      return { kind: 'refused', code, reason: whyNot(answer, asked.folder) };
    }
    memory = higher;
  }
}

interface Answer {
  /** null where the planner had none */
  readonly prediction: Prediction | null;
  readonly exitCode: number | null;
  /** of the error that it told as an object; null where it told none */
  readonly code: string | null;
  /** the last line that it wrote to standard error */
  readonly problem: string;
}

/** A prediction of a large model has some 100 KiB. */
const MOST_OUTPUT = 16 * 2 ** 20;
const MIB = 2 ** 20;

async function ask(plimsoll: string, resumption: Resumption): Promise<Answer> {
  const words = ['plan', '--json', ...resumptionFlags(resumption)];
  const { check, predictionSchema } = await import('#protocol'); // 15 MiB that most runs do without
  return await new Promise((resolve) => {
    execFile(plimsoll, words, { maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      const told = stderr.split('\n').filter((line) => line !== '');
      const lines = told.filter((line) => !line.startsWith('{'));
      const { code = 0, signal = null } = error ?? {};
      resolve({
        prediction: check(predictionSchema, parsed(stdout)).value ?? null,
        exitCode: typeof code === 'number' ? code : null,
        code: codeIn(told.findLast((line) => line.startsWith('{')) ?? ''),
        problem: lines.at(-1) ?? (signal === null ? String(error?.message) : `ended by ${signal}`),
      });
    });
  });
}

/** `{"error": {"code": ...}}` */
function codeIn(line: string): string | null {
  const error: unknown = Reflect.get(Object(parsed(line)), 'error');
  const code: unknown = Reflect.get(Object(error), 'code');
  return typeof code === 'string' ? code : null;
}

/** The smallest limit that will do, or double where it was too low to say; null where that is not allowed. */
function raised({ prediction, exitCode }: Answer, memory: number, most: number): number | null {
  if (memory >= most || exitCode !== ERRORS.MEMORY_CANNOT_FIT.exit) return null;
  if (prediction === null) return Math.min(2 * memory, most);
  const { smallest_limit_bytes: smallest, limit_from: from } = prediction;
  if (smallest === null || smallest > most || from !== '--memory') return null;
  return Math.min(Math.max(Math.ceil(smallest / MIB) * MIB, memory + MIB), most);
}

function whyNot({ prediction, problem }: Answer, folder: string): string {
  if (prediction === null)
    return `the planner has no answer for ${folder}: ${problem.replace(/^error: /, '')}`;
  const { limit_bytes: limit, limit_from: from, baseline_bytes: others } = prediction;
  const smallest = formatBytes(prediction.smallest_limit_bytes ?? 0);
  const used = others > 0 ? `; ${formatBytes(others)} of it in use by others` : '';
  return `under no plan does the run fit into ${formatBytes(limit ?? 0)} (${from}${used}); ${smallest} would do: raise the limit, then plimsoll train --resume-from ${folder}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // what it says on standard error tells why
  }
}
