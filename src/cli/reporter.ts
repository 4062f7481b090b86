/**
 * @file Where a run's events go: NDJSON for programs, a live line on a terminal, lines now and then
 * elsewhere.
 */
import type { RunEvent } from '#protocol';
import type { TrainOutcome } from '#train';
import { relative } from 'node:path';
import { eventLines } from './event-lines.ts';
import { paintFor } from './paint.ts';
import { advance, NO_PROGRESS, type Said, progressLine, worthALine } from './progress.ts';
import { summaryLines } from './summary.ts';

export interface Reporter {
  /** what is no event, for the person at the terminal */
  readonly note: (text: string) => void;
  readonly event: (event: RunEvent) => void;
  /** the run is over, well or not; an error that ended it is told elsewhere */
  readonly end: (outcome?: TrainOutcome) => void;
}

export async function reporterFor(stream: NodeJS.WriteStream, json: boolean): Promise<Reporter> {
  if (json) return await ndjsonReporter(stream);
  // A terminal without a size cannot be drawn on: `docker run -t` begins so.
  const drawable = stream.isTTY && stream.rows > 0;
  return drawable ? await terminalReporter(stream) : logReporter(stream);
}

/** Nothing but events: every line is one. */
async function ndjsonReporter(stream: NodeJS.WriteStream): Promise<Reporter> {
  const { encodeEvent } = await import('#protocol');
  return {
    note: toStandardError,
    event: (event) => {
      stream.write(encodeEvent(event));
    },
    end: () => {},
  };
}

/** Widest lines where the width is not known. */
const LOG_COLUMNS = 120;

function logReporter(stream: NodeJS.WriteStream): Reporter {
  const options = { paint: paintFor(stream), shownPath, command: ownName() };
  const write = (lines: readonly string[]): void => {
    for (const line of lines) stream.write(`${line}\n`);
  };
  let progress = NO_PROGRESS;
  let said: Said | undefined;
  return {
    note: toStandardError,
    event: (event) => {
      progress = advance(progress, event);
      write(eventLines(event, { ...options, columns: Infinity }));
      if (event.type !== 'step') return;
      const now = Date.now();
      if (!worthALine(said, event, now)) return;
      said = { step: event.step, time: now };
      write([progressLine(progress, LOG_COLUMNS)]);
    },
    end: (outcome) => {
      if (outcome)
        write(
          summaryLines(outcome, {
            ...options,
            columns: LOG_COLUMNS,
            folder: shownPath(outcome.folder),
          }),
        );
    },
  };
}

/** The live line is drawn at most so often: a short step takes less time than a terminal. */
const REDRAW_EVERY = 100; // ms

async function terminalReporter(stream: NodeJS.WriteStream): Promise<Reporter> {
  const { createLogUpdate } = await import('log-update');
  // A hidden cursor would stay hidden after a SIGKILL.
  const live = createLogUpdate(stream, { showCursor: true });
  const options = { paint: paintFor(stream), shownPath, command: ownName() };
  const columns = (): number => stream.columns || 80;
  let progress = NO_PROGRESS;
  let drawn = 0;
  const draw = (): void => {
    drawn = Date.now();
    const line = progressLine(progress, columns() - 1);
    if (line !== '') live(line);
  };
  /** Lines that stay, above the live one. */
  const write = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    live.clear();
    stream.write(lines.map((line) => `${line}\n`).join(''));
  };
  draw();
  return {
    note: (text) => {
      write([text]);
      draw();
    },
    event: (event) => {
      progress = advance(progress, event);
      write(eventLines(event, { ...options, columns: columns() }));
      const often = event.type === 'step' && event.step < event.of;
      if (!often || Date.now() - drawn >= REDRAW_EVERY) draw();
    },
    end: (outcome) => {
      live.clear();
      live.done();
      if (!outcome) return;
      const folder = shownPath(outcome.folder);
      write(summaryLines(outcome, { ...options, columns: columns(), folder }));
    },
  };
}

function toStandardError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Relative where that is shorter and stays below the working folder. */
function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown === '' || shown.startsWith('..') ? path : shown;
}

/** npx finds the command where a shell would not. */
function ownName(): string {
  return process.env['npm_command'] === 'exec' ? 'npx plimsoll' : 'plimsoll';
}
