/** @file A service whose disk is full, or cannot be written to: a clear line, nothing lost, and on it goes with room. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readText } from '#kernel';
import { apiErrorSchema, serviceRunSchema } from '#protocol';
import { plimsoll } from './plimsoll.ts';
import { call, firstTokenOf, runWhen, startService, type TestService } from './service.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const RUNS = '/api/v1/admin/training/runs';
const TRIGGER = 'POST /api/v1/admin/training/trigger';

const disk = mkdtempSync(join(tmpdir(), 'plimsoll-disk-'));
const data = join(disk, 'data');
let isMounted = false;
beforeAll(() => {
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]).status === 0;
});
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

const filler = join(disk, 'filler');
const FILL = ['if=/dev/zero', `of=${filler}`, 'bs=4096', 'conv=notrunc', 'oflag=append'];
/** To the last byte. */
function fill(): void {
  spawnSync('dd', FILL);
}

/** And again, whatever others give back, until it is called. */
function keepFull(): () => void {
  const words = ['-c', 'while :; do dd "$@" 2>/dev/null; done', 'sh', ...FILL];
  const { pid } = spawn('sh', words, { detached: true, stdio: 'ignore' });
  return () => {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    rmSync(filler);
  };
}

let token: string;
const start = () => startService(data, '--memory', '1G', '--runs-on-stop', 'end');
const ordered = async (service: TestService, max_steps: number) => {
  const body = { base_model: 'model', data: 'data.jsonl', max_steps, epochs: 10 ** 6 };
  return await call(service, TRIGGER, { token, body });
};
/** One that will not end by itself. */
const training = async (service: TestService) => {
  const run = serviceRunSchema.parse((await ordered(service, 10 ** 6)).body);
  return await runWhen(service, token, run.id, ({ progress }) => progress !== null);
};

/** What a service prints that does not start. */
const one = (text: RegExp) => ({ status: 1, stdout: '', lines: [expect.stringMatching(text)] });

test('a full disk: orders are refused, what there is can be read, and no run that was accepted is lost', async (context) => {
  context.skip(!isMounted, 'a small disk needs root to mount one');
  mkdirSync(join(data, 'files'), { recursive: true });
  writeSmallModel(join(data, 'files/model'));
  writeExamples(join(data, 'files/data.jsonl'), 8);
  const service = await start();
  token = firstTokenOf(service);
  const { id, outputDir } = await training(service);

  fill();
  // The trainer cannot write either. It ends, and says why in the room that it had kept for that; what is left goes, too.
  const record = () => JSON.parse(readFileSync(join(outputDir, 'training_run.json'), 'utf8'));
  while (record().status !== 'failed') await sleep(50);
  fill();
  const refused = await ordered(service, 1);
  expect(refused.status).toBe(503);
  expect(apiErrorSchema.parse(refused.body).error).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringContaining('plimsoll.db'),
  });
  const { status, body } = await call(service, `GET ${RUNS}`, { token });
  expect({ status, ids: body.map((run: { id: number }) => run.id) }).toEqual({
    status: 200,
    ids: [id],
  });

  rmSync(filler);
  const next = await ordered(service, 2);
  expect(next.status).toBe(202);
  const { id: second } = serviceRunSchema.parse(next.body);
  const completed = await runWhen(service, token, second, (run) => run.finishedAt !== null);
  expect(completed.status).toBe('completed');
  const first = await runWhen(service, token, id, (run) => run.finishedAt !== null);
  expect(first).toMatchObject({
    status: 'failed',
    errorCode: expect.stringMatching(/^(CHECKPOINT_)?DISK_FULL$/),
    errorMessage: expect.stringContaining('the disk is full'),
  });
  expect(await service.end('SIGTERM')).toBe(0);
});

test('asked to end while its disk is full it leaves in time, and the next start finds the run', async (context) => {
  context.skip(!isMounted, 'a small disk needs root to mount one');
  const service = await start();
  const { id, outputDir } = await training(service);
  const { begun } = JSON.parse(readFileSync(join(outputDir, 'attempt-1/launched.json'), 'utf8'));
  fill();
  const freed = keepFull();
  // The trainer cannot write and ends by itself; asked to end before that, it might be stopped instead. It is kept
  // as a zombie for its exit status, which the service cannot store.
  const isAlive = () => /^State:\s+[^ZX]/m.test(readText(`/proc/${begun.main.pid}/status`) ?? '');
  while (isAlive()) await sleep(50);
  expect(await service.end('SIGTERM')).toBe(1);
  expect(service.log()).toMatch(new RegExp(`^error: .* run ${id}: .*full disk`, 'm'));

  freed();
  const next = await start();
  const run = await runWhen(next, token, id, ({ attempts: [first] }) => first?.cause !== null);
  expect(run.attempts[0]).toMatchObject({ cause: 'error' });
  expect(await next.end('SIGTERM')).toBe(0);
});

test('a data folder that cannot be written to, on a disk that is full or read-only', (context) => {
  context.skip(!isMounted, 'a small disk needs root to mount one');
  const lines = () => {
    const { status, stdout, stderr } = plimsoll('serve', '--port', '0', '--data-dir', data);
    return { status, stdout, lines: stderr.trim().split('\n') };
  };
  expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
  expect(lines()).toEqual(one(/could not be written: .*read-only/));
  expect(spawnSync('mount', ['-o', 'remount,rw', disk]).status).toBe(0);
  rmSync(data, { recursive: true });
  writeFileSync(filler, '');
  fill();
  expect(lines()).toEqual(one(/the disk is full/));
});
