/**
 * @file The two requests that fetching a model takes: what a revision holds, and a file of it. Each way
 * for them to fail has an error of its own.
 *
 * By hand instead of @huggingface/hub (2.17), which checks neither the size nor the hash of what it
 * downloads and leaves half a file behind when a connection breaks.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, temporaryName, throwWriteError } from '#base';
import type { HubName } from './hub-name.ts';
import type { HubSettings } from './hub-settings.ts';
import { MAX_API_BYTES, MAX_REPO_FILES } from './limits.ts';

export interface RemoteFile {
  readonly name: string;
  readonly size: number;
  /** sha256 for a file in LFS, git's sha1 of the blob for others: the name of its blob in the cache */
  readonly id: string;
  readonly isLfs: boolean;
}

export interface RemoteRevision {
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

/** @throws PlimsollError HUB_* */
export async function listRevision(hub: HubSettings, name: HubName): Promise<RemoteRevision> {
  const { repo, revision } = name;
  const path = `api/models/${repo}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await request(hub, name, path);
  const text = await response.text();
  if (text.length > MAX_API_BYTES) malformed(name, 'at most 16 MiB', `${text.length} bytes`);
  return parseRevision(name, text);
}

/**
 * Downloads a file to `target`, which appears whole and verified, or not at all.
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
  const path = file.name.split('/').map(encodeURIComponent).join('/');
  const response = await request(hub, name, `${name.repo}/resolve/${commit}/${path}`, file.name);
  await mkdir(dirname(target), { recursive: true });
  const temporary = temporaryName(target);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await receive(response, handle, name, file);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
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
  try {
    for await (const chunk of response.body ?? []) {
      got += chunk.length;
      if (got > file.size) break;
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw error;
    const reason = reasonOf(error);
    fail('HUB_DOWNLOAD_BROKEN', { repo, file: file.name, expected: file.size, got, reason });
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

async function request(
  hub: HubSettings,
  { repo, revision }: HubName,
  path: string,
  file?: string,
): Promise<Response> {
  const { endpoint, token } = hub;
  const url = `${endpoint}/${path}`;
  const headers: Record<string, string> =
    token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers }).catch((error: unknown) =>
    fail('HUB_UNREACHABLE', { endpoint, repo, reason: reasonOf(error) }),
  );
  const { status, statusText } = response;
  if (response.ok) return response;
  await response.body?.cancel();
  if (status === 401 || status === 403) {
    const said = token === null ? 'no token is set' : 'the token that is set was not enough';
    return fail('HUB_UNAUTHORIZED', { repo, status, token: said });
  }
  if (status === 404) {
    if (file !== undefined) return fail('HUB_FILE_NOT_FOUND', { repo, file, revision });
    return response.headers.get('x-error-code') === 'RevisionNotFound'
      ? fail('HUB_REVISION_NOT_FOUND', { repo, revision, endpoint })
      : fail('HUB_REPO_NOT_FOUND', { repo, endpoint });
  }
  return fail('HUB_FAILED', { repo, url, status, reason: statusText || 'no reason given' });
}

function parseRevision(name: HubName, text: string): RemoteRevision {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return malformed(name, 'JSON', text.slice(0, 60));
  }
  const { sha, siblings } = Object(answer);
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) {
    return malformed(name, "a commit in 'sha'", String(sha));
  }
  if (!Array.isArray(siblings)) return malformed(name, "a list in 'siblings'", typeof siblings);
  if (siblings.length > MAX_REPO_FILES) {
    return malformed(name, `at most ${MAX_REPO_FILES} files`, String(siblings.length));
  }
  return { commit: sha, files: siblings.map((sibling) => parseFile(name, sibling)) };
}

function parseFile(name: HubName, sibling: unknown): RemoteFile {
  const { rfilename, size, blobId, lfs } = Object(sibling);
  const id = lfs ? Object(lfs).sha256 : blobId;
  if (typeof rfilename !== 'string' || !Number.isSafeInteger(size) || size < 0 || !ID.test(id)) {
    return malformed(name, 'name, size and id of each file', JSON.stringify(sibling));
  }
  return { name: rfilename, size, id, isLfs: Boolean(lfs) };
}

/** It becomes a file's name. */
const ID = /^[0-9a-f]{40,64}$/;

function malformed({ repo }: HubName, expected: string, got: string): never {
  return fail('HUB_ANSWER_MALFORMED', { repo, expected, got });
}

/** fetch hides why behind "fetch failed": the cause says it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
