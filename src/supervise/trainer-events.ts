/**
 * @file What a trainer of ours tells its supervisor, through a file: `plimsoll run` names it in the
 * command's environment (EVENTS_VARIABLE), `plimsoll train` adds a line for each of its events. A pipe's
 * descriptor would be lost behind `npx` or a shell script; a name is not, and the file outlives both sides.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EVENTS_VARIABLE } from '#base';
import type { RunEvent } from '#protocol';
import { type TrainerFacts, withEvent } from './trainer-facts.ts';

export interface TrainerEvents {
  /** what the command's environment gets beside our own */
  readonly env: Readonly<Record<string, string>>;
  /** Reads what was added since; what cannot be read tells nothing. */
  read(): Promise<void>;
  /** null where no trainer of ours has been heard of */
  facts(): TrainerFacts | null;
  /** Removes the file: what it told is in the verdict, and all of it in the run's own events.jsonl. */
  close(): void;
  /** Leaves the file to whoever reads it again. */
  leave(): void;
}

/**
 * @param log beside which the file lies; null for a temporary folder
 * @param again for a file that is there, read from its beginning
 */
export function openTrainerEvents(log: string | null, again = false): TrainerEvents {
  const place = makeFile(log, again);
  if (place === null) return NOWHERE;
  const lines = lineReader(place.fd);
  let facts: TrainerFacts | null = null;
  let eventIn: ((line: string) => RunEvent | undefined) | undefined;
  return {
    env: { [EVENTS_VARIABLE]: place.file },
    read: async () => {
      if (!lines.isMore()) return;
      // From the second time on nothing is waited for: who looks at the facts next sees what was read.
      eventIn ??= await eventReader();
      while (lines.isMore()) {
        for (const line of newestOfEach(lines.next())) {
          const event = eventIn(line);
          if (event) facts = withEvent(facts, event); // what is no event is not ours to judge
        }
      }
    },
    facts: () => facts,
    close: () => {
      closeSync(place.fd);
      place.remove();
    },
    leave: () => closeSync(place.fd),
  };
}

const NOWHERE: TrainerEvents = {
  env: {},
  read: async () => {},
  facts: () => null,
  close: () => {},
  leave: () => {},
};

/** Loaded when it is needed: schemas take 15 MiB and a tenth of a second, and most commands tell nothing. */
async function eventReader(): Promise<(line: string) => RunEvent | undefined> {
  const { check, runEventSchema } = await import('#protocol');
  return (line) => check(runEventSchema, parsed(line)).value;
}

/** At once; a trainer that writes more between two samples is read on at the next. */
const READ_BYTES = 2 ** 20;
/** A `planned` event of a large model has some 100 KiB. */
const LONGEST_LINE = 2 ** 20;

function makeFile(log: string | null, again: boolean) {
  try {
    const folder = log === null ? mkdtempSync(join(tmpdir(), 'plimsoll-events-')) : dirname(log);
    const file = join(folder, 'events.jsonl');
    const remove = () => rmSync(log === null ? folder : file, { recursive: true, force: true });
    return { file, fd: openSync(file, again ? 'a+' : 'w+', 0o600), remove };
  } catch {
    return null; // nowhere to write: the command matters, what it tells is an extra
  }
}

/** Whole lines only: the rest of one waits for its end. */
function lineReader(fd: number) {
  let at = 0;
  let rest = Buffer.alloc(0);
  const added = () => Math.min(fstatSync(fd).size - at, READ_BYTES);
  return {
    isMore: () => added() > 0,
    next(): string[] {
      const most = added();
      if (most <= 0) return [];
      const buffer = Buffer.allocUnsafe(most);
      const length = readSync(fd, buffer, 0, most, at);
      at += length;
      const all = Buffer.concat([rest, buffer.subarray(0, length)]);
      const end = all.lastIndexOf(0x0a) + 1;
      rest = all.length - end > LONGEST_LINE ? Buffer.alloc(0) : Buffer.from(all.subarray(end));
      return all.subarray(0, end).toString().split('\n').filter(Boolean);
    },
  };
}

/** A small model takes hundreds of steps a second, and of steps in a row only the last says what is. */
function newestOfEach(lines: readonly string[]): string[] {
  return lines.filter((line, i) => !isStep(line) || !isStep(lines[i + 1]));
}

function isStep(line: string | undefined): boolean {
  return line?.startsWith('{"type":"step",') ?? false;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
