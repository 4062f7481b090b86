/**
 * @file A command that is talked to while it runs, line by line: in a group of its own, with a verdict when it ends.
 * It ends with us: its input is closed then, and where that does not help there is the warden.
 */
import type { Verdict } from '#protocol';
import { lookBefore } from './before.ts';
import { findCommand } from './command.ts';
import { endCommand, type Ending } from './end-command.ts';
import { factsOf } from './end.ts';
import type { Asked } from './facts.ts';
import { groupsAfter } from './group-facts.ts';
import type { GuardPolicy } from './guard.ts';
import { openKernelLog } from './kernel-log.ts';
import { launch } from './launch.ts';
import { clearPlace, makePlace } from './place.ts';
import type { Source } from './source.ts';
import { openTrainerEvents } from './trainer-events.ts';
import { verdictOf } from './verdict.ts';
import { startWarden } from './warden.ts';
import { startWatch } from './watch.ts';

export interface AttachedRequest {
  readonly command: readonly [string, ...string[]];
  /** names the command's group: unique on this machine */
  readonly id: string;
  /** what it gets beside this process's own environment; undefined takes a variable away */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** bytes; null for what the limits around allow */
  readonly memory: number | null;
  /** each line of its standard output, as it comes */
  readonly onLine: (line: string) => void;
}

export interface AttachedCommand {
  readonly pid: number;
  /** why it has no group of its own, and so no limit that is enforced; null where it has one */
  readonly noGroup: string | null;
  /** One line to its standard input; lost where it no longer reads. */
  tell(line: string): void;
  /** Asks it to end: SIGTERM, SIGKILL some seconds later. Twice does no harm. */
  end(): void;
  /** once it has ended and its group is removed */
  readonly ended: Promise<AttachedEnd>;
}

export interface AttachedEnd {
  readonly verdict: Verdict;
  /** the end of what it wrote to standard error */
  readonly errors: string;
}

/** Nothing of it reads what is told of memory. */
const NO_GUARD: GuardPolicy = { notice: { kind: 'none' }, at: 1 };
/** Of standard error: enough for any stack trace. */
const MOST_ERRORS = 64 * 1024;
/** A longer line is no word of ours; what has come of it is dropped. */
const LONGEST_LINE = 2 ** 20;
/** For output that is under way when it ends. */
const OUTPUT_WITHIN_MS = 1000;
/** A kill under a small limit can take seconds: pages are thrown out and read back until it comes. */
const CLEAR_WITHIN_MS = 30_000;

/**
 * Resolves when the command has begun.
 *
 * @throws PlimsollError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE; Error where no process can be started
 */
export async function launchAttached(request: AttachedRequest): Promise<AttachedCommand> {
  const { command, id, env, memory, onLine } = request;
  findCommand(command[0]);
  const place = makePlace(`plimsoll-${id}`, memory);
  const before = lookBefore(place, null);
  const kernelLog = openKernelLog();
  const trainer = openTrainerEvents(null);
  const leave = async (): Promise<void> => {
    kernelLog.close();
    trainer.close();
    await clearPlace(place, CLEAR_WITHIN_MS);
  };
  const launched = await launch(command, place, env, null, 'pipe').catch(async (error: unknown) => {
    await leave();
    throw error;
  });
  const { pid, stdin } = launched;
  const dismissWarden = startWarden(place.own, pid);
  const began = performance.now();
  stdin?.on('error', () => {}); // it no longer reads: its end says why
  const lines = readLines(launched.stdout, onLine);
  const errors = readTail(launched.stderr);
  let asked: Asked | null = null;
  let ending: Ending | null = null;
  const watch = startWatch({
    pid,
    place,
    memory,
    guard: NO_GUARD,
    descriptor: null,
    timeoutSeconds: null,
    trainer,
    kernelLog,
    sinceStart: 0,
    onSignal: () => {},
    onLook: () => {},
  });

  const finish = async (): Promise<AttachedEnd> => {
    const exit = await launched.exit;
    const seconds = (performance.now() - began) / 1000;
    watch.stop();
    ending?.stop();
    const groups = groupsAfter(before.groups);
    const read = Promise.all([lines, errors.ended]);
    await Promise.race([
      read,
      new Promise((resolve) => setTimeout(resolve, OUTPUT_WITHIN_MS).unref()),
    ]);
    await watch.readAll();
    const seen = watch.seen();
    const output = errors.text();
    const facts = factsOf({ pid, exit, seconds, asked, before, groups, seen, output });
    const verdict = verdictOf(facts);
    await leave();
    dismissWarden();
    return { verdict, errors: output };
  };

  return {
    pid,
    noGroup: place.problem,
    tell: (line) => void stdin?.write(`${line}\n`),
    end: () => {
      if (ending) return;
      stdin?.end();
      ending = endCommand(pid, place, (signal) => (asked = { kind: 'stopped', signal }));
    },
    ended: finish(),
  };
}

/** Resolves when all lines have come. */
async function readLines(source: Source, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  source.read((piece, done) => {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) rest = '';
    for (const line of lines) onLine(line);
    queueMicrotask(done);
  });
  await source.ended;
}

function readTail(source: Source): { readonly ended: Promise<void>; readonly text: () => string } {
  let kept = Buffer.alloc(0);
  source.read((piece, done) => {
    kept = Buffer.concat([kept, piece]).subarray(-MOST_ERRORS);
    queueMicrotask(done);
  });
  return { ended: source.ended, text: () => kept.toString() };
}
