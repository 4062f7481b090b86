/**
 * @file One request to the hub; each way for it to fail has an error of its own.
 *
 * By hand instead of @huggingface/hub (2.17): that checks neither size nor hash of what it downloads,
 * leaves what came of a broken download in the cache, and can name a snapshot by the last commit of a
 * file where Python's library takes the revision's.
 */
import { fail } from '#base';
import type { HubName } from './hub-name.ts';
import type { HubSettings } from './hub-settings.ts';

/**
 * The answer to GET `path`, once it says that all is well; its body is still to be read.
 *
 * @param file - the model's file that is asked for, for messages
 * @throws PlimsollError HUB_*
 */
export async function request(
  { endpoint, token }: HubSettings,
  { repo, revision }: HubName,
  path: string,
  file?: string,
): Promise<Response> {
  const url = `${endpoint}/${path}`;
  const headers: Record<string, string> =
    token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers }).catch((error: unknown) =>
    fail('HUB_UNREACHABLE', { endpoint, repo, reason: reasonOf(error) }),
  );
  const { status, statusText } = response;
  if (response.ok) return response;
  await response.body?.cancel().catch(() => undefined); // the status says it all
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

/** The body as it arrives. `broken` throws, where the connection breaks; a reader's error passes. */
export async function* chunksOf(
  response: Response,
  broken: (reason: string) => never,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk;
  } catch (error) {
    broken(reasonOf(error));
  }
}

/** fetch hides why behind "fetch failed": the cause says it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
