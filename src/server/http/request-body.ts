/** @file The body of a request as JSON: read after it is known who sends it, and no further than is allowed. */
import { fail, formatBytes, PlimsollError } from '#base';

/** Orders have some KiB. */
const MOST_BODY = 2 ** 20;

/** {} for none. @throws PlimsollError REQUEST_TOO_LARGE, REQUEST_NOT_JSON, REQUEST_CUT_OFF */
export async function jsonOf(request: Request): Promise<unknown> {
  const text = await textOf(request);
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('REQUEST_NOT_JSON', { reason }, { cause: error });
  }
}

async function textOf({ headers, body }: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  refuseLarge(Number(headers.get('content-length')));
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      refuseLarge(bytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PlimsollError) throw error;
    // A client that has gone: no fault of the service's.
    return fail('REQUEST_CUT_OFF', { read: formatBytes(bytes) }, { cause: error });
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function refuseLarge(bytes: number): void {
  if (bytes > MOST_BODY) fail('REQUEST_TOO_LARGE', { limit: formatBytes(MOST_BODY) });
}
