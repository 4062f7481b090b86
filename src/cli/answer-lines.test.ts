import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { AnsweringEvent, AnswerOrder } from '#protocol';
import { answerLines } from './answer-lines.ts';

const order = (id: number, rest: Partial<AnswerOrder> = {}) =>
  JSON.stringify({
    type: 'answer',
    id,
    prompts: ['a'],
    choices: 1,
    max_tokens: null,
    temperature: 0,
    top_p: 1,
    seed: 1,
    stop: [],
    ...rest,
  });

const cancel = (id: number) => JSON.stringify({ type: 'cancel', id });

/** Says one text for each of three turns of the event loop, until it is cancelled. */
async function* answer({ id }: AnswerOrder, signal: AbortSignal): AsyncGenerator<AnsweringEvent> {
  for (let i = 0; i < 3; i++) {
    await sleep(5);
    if (signal.aborted) return;
    yield { type: 'text', id, choice: 0, text: String(i) };
  }
}

async function* linesOf(...lines: string[]): AsyncGenerator<string> {
  yield* lines;
}

async function said(...lines: string[]): Promise<string[]> {
  const events: AnsweringEvent[] = [];
  const say = (event: AnsweringEvent) => void events.push(event);
  await answerLines({ positions: 512, answer }, linesOf(...lines), say);
  return events.map((event) => `${event.type}${'id' in event ? ` ${event.id}` : ''}`);
}

test('orders are answered one after the other, each to its end', async () => {
  const [first, second] = [1, 2].map((id) => [...Array(3).fill(`text ${id}`), `done ${id}`]);
  expect(await said(order(1), order(2))).toEqual(['ready', ...(first ?? []), ...(second ?? [])]);
});

test('one that is cancelled is done with, whether it has begun or waits', async () => {
  const events = await said(order(1), order(2), order(3), cancel(1), cancel(2), cancel(9));
  expect(events).toEqual(['ready', 'done 1', 'done 2', 'text 3', 'text 3', 'text 3', 'done 3']);
});

test.each([
  ['nonsense', 'line 2: expected an order or a cancellation as one JSON object'],
  [order(2, { temperature: -1 }), 'line 2: expected an order.*temperature: expected 0 or more'],
])('%s is refused by its line', async (line, message) => {
  await expect(said(order(1), line)).rejects.toThrow(new RegExp(message));
});
