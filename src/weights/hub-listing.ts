/** @file What a revision of a model on the hub holds: its commit, and its files with sizes and ids. */
import { fail } from '#base';
import { COMMIT, type HubName } from './hub-name.ts';
import { chunksOf, request } from './hub-request.ts';
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
  const text = await readText(await request(hub, name, path), hub, name);
  const listing = parseRevision(name, text);
  if (COMMIT.test(revision) && listing.commit !== revision) {
    malformed(name, `commit ${revision}`, listing.commit);
  }
  return listing;
}

async function readText(
  response: Response,
  { endpoint }: HubSettings,
  name: HubName,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const broken = (reason: string) =>
    fail('HUB_UNREACHABLE', {
      endpoint,
      repo: name.repo,
      reason: `its answer broke off: ${reason}`,
    });
  for await (const chunk of chunksOf(response, broken)) {
    bytes += chunk.length;
    if (bytes > MAX_API_BYTES) malformed(name, 'at most 16 MiB', `${bytes} bytes or more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseRevision(name: HubName, text: string): RemoteRevision {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return malformed(name, 'JSON', JSON.stringify(text.slice(0, 60)));
  }
  const { sha, siblings } = Object(answer);
  if (typeof sha !== 'string' || !COMMIT.test(sha)) {
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
  const isLfs = Boolean(lfs);
  const id = isLfs ? Object(lfs).sha256 : blobId;
  const isId = typeof id === 'string' && (isLfs ? SHA256 : COMMIT).test(id);
  if (typeof rfilename !== 'string' || !Number.isSafeInteger(size) || size < 0 || !isId) {
    return malformed(name, 'name, size and id of each file', JSON.stringify(sibling));
  }
  return { name: rfilename, size, id, isLfs };
}

/** Like a git id, it becomes a file's name: nothing else may come through. */
const SHA256 = /^[0-9a-f]{64}$/;

function malformed({ repo }: HubName, expected: string, got: string): never {
  return fail('HUB_ANSWER_MALFORMED', { repo, expected, got: got.slice(0, 200) });
}
