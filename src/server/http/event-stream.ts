/**
 * @file Events as they happen: server-sent events (html.spec.whatwg.org, 9.2). A page of them is read from the
 * store when the client has taken the one before: a slow reader holds no memory, and one that was away misses nothing.
 */
import { setImmediate } from 'node:timers/promises';
import type { EventJson, Store } from '#store';

export interface StreamRequest {
  /** the number of the last event that the client has */
  readonly after: number;
  /** of one run only */
  readonly run: number | undefined;
  /** aborted when the client has gone */
  readonly signal: AbortSignal;
  /** whether the client may go on: its token may have been revoked, its session over */
  readonly isAllowed: () => boolean;
}

/** Read from the store at once. */
const PAGE = 100;
/** A comment, so that proxies do not take a quiet stream for a dead one. */
const QUIET_MS = 15_000;

export function eventStream({ events }: Pick<Store, 'events'>, request: StreamRequest): Response {
  const { run, signal, isAllowed } = request;
  let { after } = request;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        await turn();
        let page = events.jsonAfter(after, PAGE, run);
        if (page.length === 0 && (await arrival(events, signal)))
          page = events.jsonAfter(after, PAGE, run);
        if (signal.aborted || !isAllowed()) {
          controller.close();
          return;
        }
        after = page.at(-1)?.seq ?? after;
        const text = page.length === 0 ? ': quiet\n\n' : page.map(textOf).join('');
        controller.enqueue(encoder.encode(text));
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
  });
}

/** Resolves when there may be new events, to false where nothing came for a while. */
async function arrival(events: Store['events'], signal: AbortSignal): Promise<boolean> {
  return await new Promise((resolve) => {
    const done = (came: boolean) => {
      clearTimeout(timer);
      forget();
      signal.removeEventListener('abort', gone);
      resolve(came);
    };
    const gone = () => done(false);
    const forget = events.onNew(() => done(true));
    const timer = setTimeout(done, QUIET_MS, false);
    signal.addEventListener('abort', gone, { once: true });
  });
}

function textOf({ seq, type, json }: EventJson): string {
  return `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`;
}

let last: Promise<void> = Promise.resolve();

/**
 * Of all streams one at a time: a reader of all there ever was lets others have their turn, and pages for a hundred
 * of them are not made at once, which the collector of garbage would find old when they are done with.
 */
function turn(): Promise<void> {
  last = last.then(() => setImmediate());
  return last;
}
