/** @file HTTP by hand: a request as bytes, however wrong, and the answer to it. */
import { connect } from 'node:net';

export interface RawRequest {
  readonly method: string;
  /** as it is sent, whatever is in it */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** null for none; its length is told unless a header tells another */
  readonly body: string | null;
  /** of the loopback network, from which it is sent */
  readonly from: string;
}

export interface RawAnswer {
  readonly status: number;
  /** names in small letters */
  readonly headers: ReadonlyMap<string, string>;
  /** of a stream of events, nothing */
  readonly body: string;
}

/** Longer than the planner takes on a busy machine. */
const WITHIN_MS = 60_000;

export async function send(port: number, request: RawRequest): Promise<RawAnswer> {
  const bytes = bytesOf(request, port);
  return await new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: request.from });
    const chunks: Buffer[] = [];
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const answer = answerOf(Buffer.concat(chunks));
      if (answer) resolve(answer);
      else reject(new Error(`no answer to ${JSON.stringify(request).slice(0, 2000)}`));
    };
    const timer = setTimeout(end, WITHIN_MS);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunks.length === 1 && isEventStream(chunk)) end();
    });
    socket.on('close', end);
    socket.on('error', () => {}); // it closes then, perhaps after an answer
    socket.write(bytes);
  });
}

function bytesOf({ method, target, headers, body }: RawRequest, port: number): Buffer {
  const content = Buffer.from(body ?? '');
  const own = [['Host', `127.0.0.1:${port}`], ['Connection', 'close'], ...headers];
  if (body !== null) own.push(['Content-Length', String(content.length)]);
  const lines = own.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`), content]);
}

function isEventStream(start: Buffer): boolean {
  return /^content-type: text\/event-stream/im.test(start.toString('latin1'));
}

function answerOf(bytes: Buffer): RawAnswer | null {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes
    .subarray(0, Math.max(end, 0))
    .toString('latin1')
    .split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (!status) return null;
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const rest = bytes.subarray(end + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? unchunked(rest) : rest;
  return { status, headers, body: body.toString() };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16);
    if (line < 0 || !(size > 0)) break;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
