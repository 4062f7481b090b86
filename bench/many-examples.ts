/** @file Short examples in any number, all of the same length, no two alike. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes `count` examples as JSONL, piece by piece. */
export async function writeManyExamples(file: string, count: number): Promise<void> {
  await pipeline(Readable.from(pieces(count)), createWriteStream(file));
}

function* pieces(count: number): Generator<string> {
  for (let from = 0; from < count; from += LINES_AT_ONCE) {
    let text = '';
    for (let i = from; i < Math.min(count, from + LINES_AT_ONCE); i++) text += line(i);
    yield text;
  }
}

const LINES_AT_ONCE = 1000;

function line(i: number): string {
  const [room, thing] = [ROOMS[i % ROOMS.length], THINGS[i % THINGS.length]];
  const number = String(i).padStart(7, '0'); // digits are tokens: as many in each
  return `{"prompt":"turn on the ${thing} in the ${room}, ${number}","completion":"${thing} on"}\n`;
}

const ROOMS = ['kitchen', 'hall', 'bathroom', 'attic', 'garden', 'cellar', 'study'];
const THINGS = ['light', 'fan', 'heater', 'blind', 'door', 'lamp'];
