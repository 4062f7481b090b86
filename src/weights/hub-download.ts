/** @file A file from the hub to the disk: it appears whole and verified, or not at all. */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, syncFolder, temporaryName, throwWriteError } from '#base';
import type { RemoteFile } from './hub-listing.ts';
import type { HubName } from './hub-name.ts';
import { chunksOf, request } from './hub-request.ts';
import type { HubSettings } from './hub-settings.ts';

/**
 * Downloads `file` of `commit` to `target`.
 *
 * @throws PlimsollError HUB_*, DISK_FULL, FILE_NOT_WRITABLE
 */
export async function download(
  hub: HubSettings,
  name: HubName,
  commit: string,
  file: RemoteFile,
  target: string,
): Promise<void> {
  const path = `${name.repo}/resolve/${commit}/${encodeURIComponent(file.name)}`;
  const temporary = temporaryName(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    const handle = await open(temporary, 'wx');
    try {
      await receive(await request(hub, name, path, file.name), handle, name, file);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the cause
    throwWriteError(target, error);
  }
}

async function receive(
  response: Response,
  handle: FileHandle,
  { repo }: HubName,
  file: RemoteFile,
): Promise<void> {
  const hash = contentHash(file);
  let got = 0;
  const broken = (reason: string) =>
    fail('HUB_DOWNLOAD_BROKEN', { repo, file: file.name, expected: file.size, got, reason });
  for await (const chunk of chunksOf(response, broken)) {
    got += chunk.length;
    if (got > file.size) break;
    hash.update(chunk);
    await handle.writeFile(chunk);
  }
  const differs = (what: string, expected: string, found: string) =>
    fail('HUB_DOWNLOAD_DIFFERS', { repo, file: file.name, what, expected, got: found });
  if (got > file.size) differs('bytes', String(file.size), `${got} or more`);
  if (got < file.size) differs('bytes', String(file.size), String(got));
  const digest = hash.digest('hex');
  if (digest !== file.id) differs(file.isLfs ? 'sha256' : 'git id', file.id, digest);
}

/** The hash that the hub names the file by; git's covers a header before the content. */
function contentHash({ isLfs, size }: RemoteFile): Hash {
  return isLfs ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}
