/** @file Attempts whose supervisor is killed at moments of chance, and started again: real processes, real groups. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newRunId } from '#base';
import { memoryCgroup } from '#kernel';
import { attemptRecordSchema, type Verdict } from '#protocol';
import { cgroupsUnavailable } from './cgroup.ts';

const SUPERVISOR = join(import.meta.dirname, '../src/supervise/detached.test-support.ts');
const LIMIT = 30_000_000;
const GRACE_SECONDS = 2;

/** Kills the supervisor after each of these waits, then lets one go on to the end. */
async function supervisedBy(script: string, killedAfterMs: readonly number[], cancel = false) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-detached-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const id = newRunId();
  const command = ['sh', '-c', `echo ran >>ran; ${script}`];
  const words = [
    '--conditions=source',
    '--import',
    'tsx',
    SUPERVISOR,
    folder,
    id,
    `${LIMIT}`,
    `${GRACE_SECONDS}`,
  ];
  const start = () => {
    const child = spawn('node', [...words, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    return { child, closed, text: () => text };
  };
  for (const ms of killedAfterMs) {
    const { child, closed, text } = start();
    if (cancel) {
      while (!text().startsWith('pid ') || !existsSync(join(folder, 'ran'))) await sleep(10);
      child.kill('SIGUSR2');
      while (!isAsked(folder)) await sleep(1);
    }
    await sleep(ms);
    child.kill('SIGKILL');
    await closed;
    if (existsSync(join(folder, 'attempt.json'))) break;
  }
  await start().closed;
  const record = attemptRecordSchema.parse(
    JSON.parse(readFileSync(join(folder, 'attempt.json'), 'utf8')),
  );
  const left = memoryCgroup().groups.filter((group) =>
    existsSync(join(group.folder, `plimsoll-${id}`)),
  );
  const ran = readFileSync(join(folder, 'ran'), 'utf8').split('\n').filter(Boolean).length;
  return { verdict: record.verdict, left, ran, files: readdirSync(folder).toSorted() };
}

/** Whether it is on record that it was cancelled. */
function isAsked(folder: string): boolean {
  try {
    return readFileSync(join(folder, 'progress.json'), 'utf8').includes('"stopped"');
  } catch {
    return existsSync(join(folder, 'attempt.json')); // it has ended already
  }
}

const ONCE = { left: [], ran: 1, files: ['attempt.json', 'output.log', 'ran'] };
/** From before anything is launched, through the launch, to when it has ended. */
const chance = () => Array.from({ length: 4 }, () => 300 + Math.random() * 1500);
const EATS = 'head -c 200000000 /dev/zero | tail -c 100000000';

describe.skipIf(cgroupsUnavailable() !== null)('a supervisor that is killed', () => {
  it.each<readonly [string, Partial<Verdict>]>([
    ['sleep 2', { cause: 'completed', grade: 'proven', exit_code: 0 }],
    ['sleep 2; exit 137', { cause: 'error', grade: 'proven', exit_code: 137 }],
    ['sleep 2; kill -9 $$', { cause: 'killed', grade: 'proven', signal: 'SIGKILL' }],
    [
      'sleep 2; exec dd if=/dev/zero of=/dev/null bs=100M count=1',
      { cause: 'oom-own-limit', grade: 'proven' },
    ],
    [`sleep 2; ${EATS}; exit 5`, { cause: 'oom-child', grade: 'proven', exit_code: 5 }],
  ])('%s', async (script, expected) => {
    const { verdict, ...rest } = await supervisedBy(script, chance());
    expect(rest).toEqual(ONCE);
    expect(verdict).toMatchObject(expected);
  });

  it.each([0, 5, 500])('%d ms after it was asked to cancel', async (ms) => {
    const { verdict, ...rest } = await supervisedBy('sleep 60', [ms], true);
    expect(rest).toEqual(ONCE);
    expect(verdict).toMatchObject({ cause: 'cancelled', grade: 'proven' });
  });

  it.each([0, 500])('%d ms after it asked one to end that does not heed it', async (ms) => {
    const deaf = `trap '' TERM; while :; do sleep 0.1; done`;
    const { verdict, ...rest } = await supervisedBy(deaf, [ms], true);
    expect(rest).toEqual(ONCE);
    expect(verdict).toMatchObject({ cause: 'cancelled', grade: 'proven', signal: 'SIGKILL' });
    expect(verdict.seconds).toBeGreaterThan(GRACE_SECONDS);
  });
});
