/** @file A verdict for people: headline, what happened in numbers, evidence, solutions. Pure. */
import { formatBytes, formatDuration, wrapWords } from '#base';
import type { Cause, Remedy, Verdict } from '#protocol';
import { exitCodeOf } from './exit-codes.ts';
import { HEADLINES } from './headlines.ts';

/** What makes text bold, or gives it a colour. */
type Paint = Readonly<Record<'bold' | 'green' | 'red', (text: string) => string>>;

export interface VerdictLineOptions {
  readonly paint: Paint;
  /** Infinity for lines that are as long as they are */
  readonly columns: number;
}

const same = (text: string): string => text;

/** For where no terminal shows it. */
export const NO_TERMINAL: VerdictLineOptions = {
  paint: { bold: same, green: same, red: same },
  columns: Infinity,
};

export function verdictLines(verdict: Verdict, { paint, columns }: VerdictLineOptions): string[] {
  const { cause, grade, evidence, missing, remedies } = verdict;
  const colour = cause === 'completed' ? paint.green : paint.red;
  const bullet = (text: string) => hanging('  - ', text, columns);
  return [
    paint.bold(colour(HEADLINES[cause])),
    ...[
      ['verdict', `${cause}, ${grade}: ${MEANINGS[cause]}`] as const,
      ...numbers(verdict),
    ].flatMap(([name, value]) => hanging(`  ${name.padEnd(NAME_WIDTH)}`, value, columns)),
    ...section('EVIDENCE', evidence.flatMap(bullet)),
    ...section('NOT READ', missing.flatMap(bullet)),
    ...section(
      SOLUTIONS,
      remedies.flatMap((remedy, i) => solutionLines(remedy, i + 1, columns)),
    ),
  ];
}

export const SOLUTIONS = 'SOLUTIONS';

export function solutionLines(remedy: Remedy, number: number, columns: number): string[] {
  const { change, lines, predicted_peak_bytes: peak } = remedy;
  const text = `${change} (peak: ${peak === null ? 'unknown' : formatBytes(peak)})`;
  return [...hanging(`  ${number}. `, text, columns), ...lines.map((line) => `       ${line}`)];
}

const NAME_WIDTH = 'in use before  '.length;

const MEANINGS: Readonly<Record<Cause, string>> = {
  'oom-own-limit': "the command's own limit was reached, and the kernel killed it",
  'oom-ancestor-limit': 'a limit around the command was reached, and the kernel killed it',
  'oom-machine': 'the machine ran out of memory, and the kernel killed the command',
  'oom-child': 'the kernel killed a process that the command had started',
  'oom-user-space': 'what watches over memory ended it: a program, or --on-pressure kill',
  'allocation-failed': 'the program was refused memory, and said so',
  killed: 'somebody sent SIGKILL; the kernel counted no kill for memory',
  cancelled: 'a signal to plimsoll asked for the end',
  'timed-out': '--timeout was over',
  error: 'the program ended by itself, with an exit code that tells of an error',
  crashed: 'a signal that tells of an error in the program',
  completed: 'the program ended by itself, with exit code 0',
  unestablished: 'what could be read does not settle it',
};

function numbers(verdict: Verdict): (readonly [string, string])[] {
  const { limit_bytes: limit, peak_bytes: peak, peak_file_bytes: file, baseline_bytes } = verdict;
  const { exit_code: code, signal, predicted_peak_bytes: predicted, phase } = verdict;
  const own = code === null ? `-${exitCodeOf(verdict) - 128} (${signal})` : String(code);
  return [
    ['return code', own],
    ['limit', `${limit === null ? 'unknown' : formatBytes(limit)}, set by ${verdict.limit_from}`],
    ['in use before', formatBytes(baseline_bytes)],
    [
      'peak',
      peak === null
        ? 'not seen'
        : `${formatBytes(peak)} that the kernel cannot take back${file === null ? '' : `, and ${formatBytes(file)} of files`}`,
    ],
    ...(predicted === null ? [] : [['predicted', formatBytes(predicted)] as const]),
    ['time', formatDuration(verdict.seconds)],
    ...(phase === null ? [] : [['was doing', doing(phase, verdict)] as const]),
  ];
}

/** `evaluate, after step 12 of 40` */
function doing(phase: string, { step, of }: Verdict): string {
  if (step === null) return phase;
  return `${phase}, after step ${step}${of === null ? '' : ` of ${of}`}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

/** Longer lines go on below their own text. */
function hanging(lead: string, text: string, columns: number): string[] {
  const parts = wrapWords(text, Math.max(columns - lead.length, 20));
  return parts.map((part, i) => `${i === 0 ? lead : ' '.repeat(lead.length)}${part}`);
}
