/** @file Orders line by line to answers: one at a time, in the order in which they come. */
import { fail } from '#base';
import {
  type AnsweringCommand,
  answeringCommandSchema,
  type AnsweringEvent,
  type AnswerOrder,
  check,
  problemsText,
} from '#protocol';
import type { Answerer } from '#train';

/** Resolves when the lines have ended and all is answered. @throws PlimsollError ANSWER_ORDER_MALFORMED */
export async function answerLines(
  answerer: Pick<Answerer, 'positions' | 'answer'>,
  lines: AsyncIterable<string>,
  say: (event: AnsweringEvent) => void,
): Promise<void> {
  const { positions } = answerer;
  say({ type: 'ready', positions });
  const open = new Map<number, AbortController>();
  const answerAfter = async (before: Promise<void>, order: AnswerOrder, signal: AbortSignal) => {
    await before;
    await answer(answerer, order, signal, say);
    open.delete(order.id);
  };
  let last: Promise<void> = Promise.resolve();
  let line = 0;
  for await (const text of lines) {
    const command = commandIn(text, ++line);
    if (command.type === 'cancel') {
      open.get(command.id)?.abort();
      continue;
    }
    const controller = new AbortController();
    open.set(command.id, controller);
    last = answerAfter(last, command, controller.signal);
  }
  await last;
}

async function answer(
  answerer: Pick<Answerer, 'answer'>,
  order: AnswerOrder,
  signal: AbortSignal,
  say: (event: AnsweringEvent) => void,
): Promise<void> {
  const { id } = order;
  try {
    for await (const event of answerer.answer(order, signal)) say(event);
  } catch (error) {
    say({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
  say({ type: 'done', id });
}

function commandIn(text: string, line: number): AnsweringCommand {
  const { value, problems } = check(answeringCommandSchema, parsed(text));
  return value ?? fail('ANSWER_ORDER_MALFORMED', { line, problem: problemsText(problems ?? []) });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as something else than an object
  }
}
