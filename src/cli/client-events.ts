/** @file The events of a run of a service, as they come, until its last: through breaks of the connection, too. */
import { setTimeout as sleep } from 'node:timers/promises';
import { check, type ServiceEvent, serviceEventSchema } from '#protocol';
import type { Client } from './client.ts';

/** A service that is started again is back by then. */
const MOST_BREAKS = 60;
const BREAK_MS = 1000;

export async function* eventsOf(client: Client, run: number): AsyncGenerator<ServiceEvent> {
  let seen = 0;
  let breaks = 0;
  for (;;) {
    try {
      const call = `GET /api/v1/events/stream?run=${run}&after=0`;
      const headers: Record<string, string> = seen === 0 ? {} : { 'Last-Event-ID': String(seen) };
      for await (const event of eventsIn(await client.open(call, headers))) {
        seen = event.seq;
        breaks = 0;
        yield event;
        if (event.type === 'finished') return;
      }
    } catch (error) {
      if (seen === 0 || ++breaks > MOST_BREAKS) throw error;
    }
    await sleep(BREAK_MS);
  }
}

/** Server-sent events (html.spec.whatwg.org, 9.2.6), as far as our own stream uses them. */
async function* eventsIn({ body }: Response): AsyncGenerator<ServiceEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      const event = data === undefined ? null : check(serviceEventSchema, JSON.parse(data)).value;
      if (event) yield event;
    }
  }
}
