/**
 * @file The dashboard's built files, read from disk for each answer: at rest the service holds none of them. Each lies
 * there three times, as it is and compressed for the encodings that browsers ask for (web/build/compress.ts).
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DashboardFile {
  /** of the folder, with `/` */
  readonly path: string;
  /** whether its name changes with its content, and so may be kept for ever */
  readonly hashed: boolean;
}

/** Null where there is no such file. @param folder what the build made @param request the headers of the request */
export async function dashboardFile(
  folder: string,
  { path, hashed }: DashboardFile,
  request: Headers,
): Promise<Response | null> {
  const { type } = TYPES.find(({ ends }) => path.endsWith(ends)) ?? {};
  if (type === undefined) return null;
  const encoding = encodingFor(request.get('accept-encoding') ?? '');
  const content = await read(join(folder, path + (encoding?.suffix ?? '')));
  if (!content) return null;
  const etag = `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const headers = {
    ...PAGE_HEADERS,
    'Content-Type': type,
    ETag: etag,
    Vary: 'Accept-Encoding',
    'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(encoding && { 'Content-Encoding': encoding.name }),
  };
  return request.get('if-none-match') === etag
    ? new Response(null, { status: 304, headers })
    : new Response(content, { headers });
}

/** It loads nothing from elsewhere, runs no script but its own files, and is shown in no frame of others. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

const TYPES = [
  { ends: '.html', type: 'text/html; charset=utf-8' },
  { ends: '.js', type: 'text/javascript; charset=utf-8' },
  { ends: '.css', type: 'text/css; charset=utf-8' },
  { ends: '.svg', type: 'image/svg+xml' },
] as const;

/** The best first. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

/** Of those that the browser takes; `;q=0` is how it would refuse one. */
function encodingFor(accepted: string) {
  const names = accepted
    .split(',')
    .filter((each) => !/;\s*q=0(\.0*)?\s*$/.test(each))
    .map((each) => each.split(';')[0]?.trim().toLowerCase());
  return ENCODINGS.find(({ name }) => names.includes(name));
}

async function read(file: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(file));
  } catch {
    return null; // an old name of a file that has changed, or nothing was built
  }
}
