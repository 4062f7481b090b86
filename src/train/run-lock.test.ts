/** @file A folder has one live holder; the dead hold nothing. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './run-lock.ts';

const CONTENDER = fileURLToPath(new URL('run-lock-contender.test-support.ts', import.meta.url));
const TSX = createRequire(import.meta.url).resolve('tsx');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one at a time, and after release the next', () => {
  const lock = lockFolder(folder, 'r1');
  expect(() => lockFolder(folder, 'r2')).toThrow(
    `expected a folder that no other run writes to, got ${folder}, in use by run 'r1' (process ${process.pid})`,
  );
  lock.release();
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
  expect(taken()).toBe(true);
});

test('a live process of the recorded start time is respected; killed, it is not', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  writeLock({ pid: child.pid, started: startOf(child.pid), runId: 'other' });
  expect(() => lockFolder(folder, 'r1')).toThrow(`in use by run 'other' (process ${child.pid})`);
  expect(readdirSync(folder)).toEqual(['.lock']);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(taken()).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test('a process that was given the id of a dead one holds nothing', () => {
  writeLock({ pid: process.pid, started: '1', runId: 'before' });
  expect(taken()).toBe(true);
});

test('a process that has ended but that nobody has waited for holds nothing', async () => {
  // The shell starts a process, then becomes a `sleep`, which never waits for its children.
  const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60']);
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  while (stateOf(pid) !== 'Z') await new Promise(setImmediate);
  writeLock({ pid, started: startOf(pid), runId: 'zombie' });
  expect(taken()).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});

test('a lock file that says nothing is no lock', () => {
  writeFileSync(join(folder, '.lock'), '');
  expect(taken()).toBe(true);
});

test('a lock that someone else has taken is not ours to give back', () => {
  const lock = lockFolder(folder, 'r1');
  writeLock({ pid: 1, started: '1', runId: 'r2' });
  lock.release();
  expect(readdirSync(folder)).toEqual(['.lock']);
});

test('of four processes that find a dead lock, or none, exactly one gets it', async () => {
  const contenders = Array.from({ length: 4 }, () => contender());
  await Promise.all(contenders.map(({ said }) => said()));
  for (let round = 0; round < 30; round++) {
    const wanted = join(folder, String(round));
    mkdirSync(wanted);
    if (round % 3 > 0) writeLock({ pid: process.pid, started: '1', runId: 'dead' }, wanted);
    const answers = contenders.map(({ ask }) => ask(wanted));
    const said = await Promise.all(answers);
    expect(said.filter((answer) => answer === 'got')).toHaveLength(1);
    expect(said.filter((answer) => answer === 'RUN_FOLDER_IN_USE')).toHaveLength(3);
    expect(readdirSync(wanted)).toEqual(['.lock']);
  }
  await Promise.all(contenders.map(({ end }) => end()));
});

/** Takes the lock and gives it back. */
function taken(): boolean {
  const lock = lockFolder(folder, 'mine');
  const mine = readFileSync(join(folder, '.lock'), 'utf8').includes('"mine"');
  lock.release();
  return mine;
}

function contender() {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    ['--conditions=source', '--import', TSX, CONTENDER],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async () => (await lines.next()).value;
  return {
    said,
    ask: (path: string) => {
      child.stdin.write(`${path}\n`);
      return said();
    },
    end: () => {
      child.stdin.end();
      return once(child, 'exit');
    },
  };
}

function writeLock(holder: object, into = folder): void {
  writeFileSync(join(into, '.lock'), JSON.stringify(holder));
}

function startOf(pid: number | undefined): string {
  return (
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[19] ?? ''
  );
}

function stateOf(pid: number): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}
