/** @file Lines are only added, and each of them is whole. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunEvent, runEventSchema } from '#protocol';
import { openEventLog } from './event-log.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-events-'));
  file = join(folder, 'events.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('events of two attempts stand one after another', () => {
  for (const message of ['one', 'two']) {
    const log = openEventLog(file);
    log.append(warning(message));
    log.close();
    log.close();
  }
  expect(messages()).toEqual(['one', 'two']);
});

test('an event is in the file as soon as it is appended', () => {
  const log = openEventLog(file);
  log.append(warning('now'));
  expect(messages()).toEqual(['now']);
  log.close();
  expect(() => log.append(warning('late'))).toThrow('internal: warning event after');
});

test.each([
  ['in the second event', '{"type":"warn', ['whole']],
  ['longer than what is read at once', `{"message":"${'x'.repeat(200_000)}`, ['whole']],
])('a line that a kill tore is cut off: %s', (_, torn, left) => {
  const first = openEventLog(file);
  first.append(warning('whole'));
  first.close();
  appendFileSync(file, torn);
  const log = openEventLog(file);
  expect(messages()).toEqual(left);
  log.append(warning('after'));
  log.close();
  expect(messages()).toEqual([...left, 'after']);
});

test('a file with nothing but a torn line begins anew', () => {
  writeFileSync(file, '{"type":');
  openEventLog(file).close();
  expect(readFileSync(file, 'utf8')).toBe('');
});

test('an event that a full disk cuts short is taken back', ({ skip }) => {
  const disk = join(folder, 'small');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]).status === 0;
  skip(!mounted, 'a small disk could not be mounted, which needs root');
  file = join(disk, 'events.jsonl');
  const log = openEventLog(file);
  try {
    const fill = () => {
      for (let i = 0; i < 100; i++) log.append(warning('x'.repeat(1000)));
    };
    expect(fill).toThrow('the disk is full');
    expect(messages().length).toBeGreaterThan(2);
    log.append(warning('short'));
    expect(messages().at(-1)).toBe('short');
  } finally {
    log.close();
    spawnSync('umount', [disk]);
  }
});

function warning(message: string): RunEvent {
  return { type: 'warning', time: '2026-01-31T14:25:01.000Z', run_id: 'r1', message };
}

function messages(): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const event = runEventSchema.parse(JSON.parse(line));
    return event.type === 'warning' ? event.message : event.type;
  });
}
