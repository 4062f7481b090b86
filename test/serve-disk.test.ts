/** @file A service whose disk is full, or cannot be written to: a clear line, nothing lost, and on it goes with room. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiErrorSchema, serviceRunSchema } from '#protocol';
import { plimsoll } from './plimsoll.ts';
import { call, firstTokenOf, runWhen, startService } from './service.ts';
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
/** To the last byte. */
function fill(): void {
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096', 'conv=notrunc', 'oflag=append']);
}

/** What a service prints that does not start. */
const one = (text: RegExp) => ({ status: 1, stdout: '', lines: [expect.stringMatching(text)] });

test('a full disk: orders are refused, what there is can be read, and no run that was accepted is lost', async (context) => {
  context.skip(!isMounted, 'a small disk needs root to mount one');
  mkdirSync(join(data, 'files'), { recursive: true });
  writeSmallModel(join(data, 'files/model'));
  writeExamples(join(data, 'files/data.jsonl'), 8);
  const service = await startService(data, '--memory', '1G', '--runs-on-stop', 'end');
  const token = firstTokenOf(service);
  const ordered = async (max_steps: number) => {
    const body = { base_model: 'model', data: 'data.jsonl', max_steps, epochs: 10 ** 6 };
    return await call(service, TRIGGER, { token, body });
  };
  const { id, outputDir } = serviceRunSchema.parse((await ordered(10 ** 6)).body);
  await runWhen(service, token, id, ({ progress }) => progress !== null);

  fill();
  // The trainer cannot write either. It ends, and says why in the room that it had kept for that; what is left goes, too.
  const record = () => JSON.parse(readFileSync(join(outputDir, 'training_run.json'), 'utf8'));
  while (record().status !== 'failed') await sleep(50);
  fill();
  const refused = await ordered(1);
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
  const next = await ordered(2);
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
