/** @file The content of a file as an answer, whole or in part (RFC 9110, 14). */
import { closeSync, createReadStream } from 'node:fs';
import { fail } from '#base';
import type { OpenArtifact } from '../routes/artifact-files.ts';
import { rangeOf } from './artifact-range.ts';

/** Takes `file`, and closes it. @throws PlimsollError RANGE_OUTSIDE */
export function contentOf(
  { fd, name, bytes, modifiedMs }: OpenArtifact,
  headers: Headers,
): Response {
  const etag = `"${bytes}-${Math.round(modifiedMs)}"`;
  const condition = headers.get('if-range');
  const asked = condition === null || condition === etag ? headers.get('range') : null;
  const range = rangeOf(asked, bytes);
  if (range === 'outside') {
    closeSync(fd);
    return fail('RANGE_OUTSIDE', { range: asked ?? '', bytes });
  }
  const { from, to } = range ?? { from: 0, to: bytes - 1 };
  return new Response(streamOf(fd, from, to), {
    status: range === null ? 200 : 206,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`,
      'Content-Length': String(to - from + 1),
      'Accept-Ranges': 'bytes',
      'X-Content-Type-Options': 'nosniff',
      ETag: etag,
      ...(range === null ? {} : { 'Content-Range': `bytes ${from}-${to}/${bytes}` }),
    },
  });
}

/** No more than was announced, though the file may have grown. Closes `fd` at the end. */
function streamOf(fd: number, from: number, to: number): ReadableStream<Uint8Array> | null {
  if (to >= from) return ReadableStream.from(createReadStream('', { fd, start: from, end: to }));
  closeSync(fd);
  return null;
}
