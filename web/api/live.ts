/**
 * @file What happens, as it happens: one stream for the whole page (server-sent events, html.spec.whatwg.org 9.2). Where
 * it breaks off it is asked for again from the last event that was seen, so nothing is missed and nothing comes twice.
 *
 * Read by fetch, since EventSource tells neither why it was refused nor events by names that it was not told before.
 */
import type { ServiceEvent } from '#protocol';
import { answered, Refusal } from './request.ts';
import { dataIn } from './server-sent.ts';

export type LiveState = 'connecting' | 'live' | 'broken';

export interface LiveListener {
  readonly onEvent?: (event: ServiceEvent) => void;
  /** From now on all that happens is told; what happened before is to be asked for. */
  readonly onConnect?: () => void;
  readonly onState?: (state: LiveState) => void;
}

export interface LiveEvents {
  /** Until what it returns is called. Told at once of how it stands. */
  listen(listener: LiveListener): () => void;
  state(): LiveState;
  close(): void;
}

/** The service sends a comment every 15 s: where nothing comes for longer, nobody is there. */
const SILENCE_MS = 40_000;
const RETRY_MS = [500, 1000, 2000, 5000, 10_000] as const;

/** @param onSignedOut the session has ended, and so does the stream */
export function liveEvents(onSignedOut: (refusal: Refusal) => void): LiveEvents {
  const listeners = new Set<LiveListener>();
  const ended = new AbortController();
  let state: LiveState = 'connecting';
  let last: number | null = null;
  const put = (next: LiveState): void => {
    state = next;
    for (const { onState } of listeners) onState?.(next);
  };

  const follow = async (): Promise<void> => {
    const headers = last === null ? {} : { 'Last-Event-ID': String(last) };
    const silence = new AbortController();
    const signal = AbortSignal.any([ended.signal, silence.signal]);
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const { body } = await answered('/api/v1/events/stream', { headers, signal });
      put('live');
      for (const { onConnect } of listeners) onConnect?.();
      for await (const data of dataIn(body, () => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
      })) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the service made it from this type
        const event = JSON.parse(data) as ServiceEvent;
        last = event.seq;
        for (const { onEvent } of listeners) onEvent?.(event);
      }
    } finally {
      clearTimeout(timer);
    }
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !ended.signal.aborted; failures += 1) {
      try {
        await follow();
      } catch (error) {
        if (ended.signal.aborted) return;
        if (error instanceof Refusal && error.status === 401) {
          onSignedOut(error);
          return;
        }
      }
      if (state === 'live') failures = 0;
      put('broken');
      const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  void run();

  return {
    listen: (listener) => {
      listeners.add(listener);
      listener.onState?.(state);
      if (state === 'live') listener.onConnect?.();
      return () => listeners.delete(listener);
    },
    state: () => state,
    close: () => ended.abort(),
  };
}
