/** @file A file that is sent to a service on a small disk (tmpfs): what it has no room for leaves nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InternalServerError, OpenAI, toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstTokenOf, startService } from './service.ts';

const disk = mkdtempSync(join(tmpdir(), 'plimsoll-openai-disk-'));
const data = join(disk, 'data');
let isMounted = false;
beforeAll(() => {
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]).status === 0;
});
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

const LINE = `${JSON.stringify({ prompt: 'lamp on', completion: 'Done.' })}\n`;

test('a file for which the disk has no room is refused, and the next is taken', async (context) => {
  context.skip(!isMounted, 'a small disk needs root to mount one');
  const service = await startService(data, '--memory', '700M');
  const apiKey = firstTokenOf(service);
  const client = new OpenAI({ apiKey, baseURL: `${service.url}/v1`, maxRetries: 0 });
  const send = async (bytes: number) => {
    const content = Buffer.from(LINE.repeat(Math.ceil(bytes / LINE.length)));
    const file = await toFile(content, 'a.jsonl');
    return await client.files.create({ file, purpose: 'fine-tune' });
  };
  const refused: unknown = await send(20 * 2 ** 20).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InternalServerError);
  expect(refused).toMatchObject({ status: 503, code: 'DISK_FULL', type: 'server_error' });
  expect(readdirSync(join(data, 'uploads'))).toEqual([]);
  const { id } = await send(2 ** 20);
  expect(readdirSync(join(data, 'uploads'))).toEqual([`${id}.jsonl`]);

  // What a kill leaves of another is deleted at the next start.
  await service.end('SIGKILL');
  spawnSync('cp', [join(data, `uploads/${id}.jsonl`), join(data, 'uploads/file-0.jsonl')]);
  const next = await startService(data, '--memory', '700M');
  expect(readdirSync(join(data, 'uploads'))).toEqual([`${id}.jsonl`]);
  await next.end('SIGTERM');
});
