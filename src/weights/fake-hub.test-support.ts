/** @file A hub on this machine, over HTTP, with a knob for each way in which the real one can fail. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export const COMMIT = 'c'.repeat(40);

export type Trouble =
  | { readonly kind: 'drop'; readonly file: string; readonly after: number }
  | { readonly kind: 'short' | 'long' | 'changed' | 'gone'; readonly file: string }
  | { readonly kind: 'status'; readonly status: number; readonly code?: string }
  | { readonly kind: 'answer'; readonly text: string }
  /** the connection breaks in the middle of the list of files */
  | { readonly kind: 'drop-list' }
  /** files come from elsewhere, as the real hub's large ones do */
  | { readonly kind: 'redirect'; readonly to: string };

export interface FakeHub extends AsyncDisposable {
  readonly endpoint: string;
  /** what was asked for, in order */
  readonly requests: { readonly url: string; readonly token: string | undefined }[];
  trouble: Trouble | null;
  /** what main is; the files are the same in every commit */
  commit: string;
}

/** Serves one model, org/name, with its branch main; files of .safetensors are in LFS. */
export async function startFakeHub(files: Readonly<Record<string, Buffer>>): Promise<FakeHub> {
  const requests: FakeHub['requests'] = [];
  const server = createServer((request, response) => answer(request, response));
  const hub: FakeHub = {
    endpoint: '',
    requests,
    trouble: null,
    commit: COMMIT,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('internal: no port');
  return Object.assign(hub, { endpoint: `http://127.0.0.1:${address.port}` });

  function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    requests.push({ url, token: headers.authorization });
    const { trouble } = hub;
    if (trouble?.kind === 'status') {
      const { status, code } = trouble;
      response.writeHead(status, code === undefined ? {} : { 'x-error-code': code }).end();
      return;
    }
    if (trouble?.kind === 'redirect' && url.includes('/resolve/')) {
      response.writeHead(302, { location: trouble.to + url }).end();
      return;
    }
    if (url.startsWith(`/api/models/org/name/revision/`)) {
      const revision = decodeURIComponent(url.split('/').at(-1)?.split('?')[0] ?? '');
      if (revision !== 'main' && revision !== hub.commit) {
        response.writeHead(404, { 'x-error-code': 'RevisionNotFound' }).end();
        return;
      }
      const text = JSON.stringify(listing());
      if (trouble?.kind === 'drop-list') dropAfter(response, Buffer.from(text), 20);
      else response.end(trouble?.kind === 'answer' ? trouble.text : text);
      return;
    }
    const file = decodeURIComponent(url.replace(`/org/name/resolve/${hub.commit}/`, ''));
    const content = files[file];
    if (!content) {
      response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end();
      return;
    }
    send(response, file, content, trouble);
  }

  function listing(): object {
    return {
      sha: hub.commit,
      siblings: Object.entries(files).map(([rfilename, content]) => ({
        rfilename,
        size: content.length,
        blobId: createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex'),
        ...(rfilename.endsWith('.safetensors') && {
          lfs: { sha256: createHash('sha256').update(content).digest('hex'), size: content.length },
        }),
      })),
    };
  }
}

function send(
  response: ServerResponse,
  file: string,
  content: Buffer,
  trouble: Trouble | null,
): void {
  if (!trouble || !('file' in trouble) || trouble.file !== file) {
    response.end(content);
    return;
  }
  switch (trouble.kind) {
    case 'drop':
      dropAfter(response, content, trouble.after);
      return;
    case 'short':
      response.end(content.subarray(0, -7));
      return;
    case 'long':
      response.end(Buffer.concat([content, Buffer.from('more')]));
      return;
    case 'changed':
      response.end(Buffer.from(content.map((byte, i) => (i === 0 ? byte ^ 1 : byte))));
      return;
    case 'gone':
      response.writeHead(404).end();
      return;
  }
}

function dropAfter(response: ServerResponse, content: Buffer, bytes: number): void {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, bytes), () => response.destroy());
}
