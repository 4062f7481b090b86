/** @file A service started by its command line, and clients that call it at a steady rate. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { plimsollCommand } from './plimsoll.ts';

export interface BenchService {
  readonly pid: number;
  readonly url: string;
  /** the first start's own; null later */
  readonly token: string | null;
  end(signal?: NodeJS.Signals): Promise<void>;
}

export async function startService(dataDir: string, ...words: string[]): Promise<BenchService> {
  const { file, args } = plimsollCommand('serve', '--port', '0', '--data-dir', dataDir, ...words);
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('listening on')) break;
  }
  const [, url] = /listening on (\S+)/.exec(text) ?? [];
  if (url === undefined || child.pid === undefined) throw new Error('the service did not start');
  return {
    pid: child.pid,
    url,
    token: /first token.*: (\S+)$/m.exec(text)?.[1] ?? null,
    end: async (signal = 'SIGTERM') => {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

export interface Client {
  /** Milliseconds until the whole answer was there. @throws Error for any but a 2xx */
  call(line: string, body?: object): Promise<number>;
  /** A stream of events from now on; tells how many have come. */
  listen(): Promise<{ readonly events: () => number; readonly close: () => void }>;
}

export function clientOf({ url }: BenchService, token: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const headers = { Authorization: `Bearer ${token}` };
  return {
    call: async (line, body) => {
      const [method = '', path = ''] = line.split(' ');
      const began = performance.now();
      const sent = request(`${url}${path}`, { agent, method, headers });
      sent.end(body && JSON.stringify(body));
      const response = await responseTo(sent);
      response.resume();
      await once(response, 'end');
      if (response.statusCode === undefined || response.statusCode >= 300)
        throw new Error(`${line}: ${response.statusCode}`);
      return performance.now() - began;
    },
    listen: async () => {
      const sent = get(`${url}/api/v1/events/stream`, { agent: false, headers });
      const response = await responseTo(sent);
      let events = 0;
      response.on(
        'data',
        (chunk: Buffer) => (events += chunk.toString().split('\nevent: ').length - 1),
      );
      response.on('error', () => {}); // its end is ours
      return { events: () => events, close: () => sent.destroy() };
    },
  };
}

async function responseTo(sent: ReturnType<typeof get>): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
}

/** Calls at a steady rate, whether or not those before were answered, and waits for all. */
export async function atRate(
  perSecond: number,
  seconds: number,
  act: (n: number) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const acts: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    await sleep(Math.max(0, began + (n * 1000) / perSecond - performance.now()));
    acts.push(act(n));
  }
  await Promise.all(acts);
}
