/**
 * @file One training process, ours or the reference's, watched from outside: both print a JSON
 * object a line, with `{"type":"step","loss":...}` after each optimizer step.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { watchOtherWork } from './other-work.ts';
import { type PeakMemory, watchMemory } from './process-memory.ts';

export interface TrainingCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `{ a: 1 }` -> `--a 1`. */
export function flags(values: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

type Event = Readonly<Record<string, unknown>>;

export interface TrainingFacts {
  /** seconds of each optimizer step but the first, by the clock of this process */
  readonly stepSeconds: readonly number[];
  /** from the start of the process to the end of its first optimizer step */
  readonly firstStepSeconds: number;
  readonly losses: readonly number[];
  readonly memory: PeakMemory | null;
  /** share of the cores that other work took meanwhile */
  readonly otherWork: number;
  readonly events: readonly Event[];
}

/**
 * Runs it to its end.
 *
 * @throws when it fails or says fewer than two steps: nothing would have been measured
 */
export async function runTraining(
  command: TrainingCommand,
  memoryEveryMs: number | null = null,
): Promise<TrainingFacts> {
  const otherWork = watchOtherWork();
  const started = performance.now();
  const child = spawn(command.file, command.args, {
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const memory =
    memoryEveryMs !== null && child.pid !== undefined
      ? watchMemory(child.pid, memoryEveryMs)
      : null;
  const stderr: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
  const events: Event[] = [];
  const arrivals: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue; // a library's own chatter
    const event: Event = JSON.parse(line);
    events.push(event);
    if (event['type'] === 'phase') memory?.enter(String(event['phase']));
    if (event['type'] === 'step') arrivals.push((performance.now() - started) / 1000);
  }
  const end = await ended;
  const peak = memory?.stop() ?? null;
  if (end !== 'code 0' || arrivals.length < 2) {
    throw new Error(
      `expected two steps or more and exit code 0, got ${arrivals.length} and ${end} from:\n` +
        `${[command.file, ...command.args].join(' ')}\n${stderr.join('').slice(-2000)}`,
    );
  }
  return {
    stepSeconds: arrivals.slice(1).map((arrival, i) => arrival - (arrivals[i] ?? 0)),
    firstStepSeconds: arrivals[0] ?? 0,
    losses: events
      .filter((event) => event['type'] === 'step')
      .map((event) => Number(event['loss'])),
    memory: peak,
    otherWork: otherWork(),
    events,
  };
}
