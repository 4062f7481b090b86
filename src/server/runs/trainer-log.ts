/**
 * @file What a run's trainer tells: the events.jsonl of its folder, read on from where the store has it. Of steps
 * in a row the last is kept: a small model takes hundreds a second, and the file has them all.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { check, type RunEvent, runEventSchema } from '#protocol';
import type { Heard, NewEvent } from '#store';
import { type TrainerFacts, withEvent } from '#supervise';

/** At once; a trainer that tells more is read on at the next look. */
const READ_BYTES = 2 ** 20;

/** Null where there is nothing new. @param trainer as JSON, as `Heard` has it */
export function listen(runFolder: string, from: number, trainer: string | null): Heard | null {
  const text = wholeLines(eventsFile(runFolder), from);
  if (text.length === 0) return null;
  const events = newestSteps(
    text
      .toString()
      .split('\n')
      .flatMap((line) => eventIn(line) ?? []),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was written below
  const before = trainer === null ? null : (JSON.parse(trainer) as TrainerFacts);
  const facts = events.reduce<TrainerFacts | null>(withEvent, before);
  return {
    events: events.map(told),
    eventsRead: from + text.length,
    trainer: facts && JSON.stringify(facts),
    run: Object.assign({}, ...events.map(ofRun)),
  };
}

export function eventsFile(runFolder: string): string {
  return join(runFolder, 'events.jsonl');
}

/** Whole lines only: the rest of one waits for its end. */
function wholeLines(file: string, from: number): Buffer {
  let fd;
  try {
    fd = openSync(file, 'r');
  } catch {
    return Buffer.alloc(0); // it has told nothing yet
  }
  try {
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(fstatSync(fd).size - from, 0), READ_BYTES));
    const length = readSync(fd, buffer, 0, buffer.length, from);
    return buffer.subarray(0, buffer.subarray(0, length).lastIndexOf(0x0a) + 1);
  } finally {
    closeSync(fd);
  }
}

/** Undefined for what is none: a line that a kill cut off. */
export function eventIn(line: string): RunEvent | undefined {
  try {
    return check(runEventSchema, JSON.parse(line)).value;
  } catch {
    return undefined; // as said
  }
}

function newestSteps(events: readonly RunEvent[]): RunEvent[] {
  return events.filter((event, i) => event.type !== 'step' || events[i + 1]?.type !== 'step');
}

/** A prediction's tables are the planner's to show; here they would be most of the database. */
function told(event: RunEvent): NewEvent {
  const { type, time, run_id: _, ...data } = event;
  if (!('prediction' in data)) return { type, time, data };
  const { items: _items, step: _step, alternatives: _others, ...prediction } = data.prediction;
  return { type, time, data: { prediction } };
}

function ofRun(event: RunEvent): Heard['run'] {
  switch (event.type) {
    case 'step':
      return { step: event.step, of_steps: event.of };
    case 'data-prepared':
      return event.split === 'train' ? { dataset_size: event.examples } : {};
    case 'model-opened':
      return { base_model: event.ref };
    case 'run-ended':
      return event.finalLoss == null ? {} : { final_loss: event.finalLoss };
    case 'run-started':
    case 'precision':
    case 'planned':
    case 'phase':
    case 'evaluation':
    case 'checkpoint':
    case 'warning':
      break; // nothing that a list of runs shows
  }
  return {};
}
