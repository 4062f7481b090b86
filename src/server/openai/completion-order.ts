/** @file From a request of OpenAI's API to an order for the model. Pure but for the seed of one that names none. */
import { randomInt } from 'node:crypto';
import { fail } from '#base';
import type { AnswerOrder, ChatRequest, CompletionRequest } from '#protocol';

export type Order = Omit<AnswerOrder, 'type' | 'id'>;

/** Answers to one request: they come one after the other, and others wait meanwhile. */
const MOST_ANSWERS = 32;
/** As OpenAI's older API has it where nothing is said. */
const COMPLETION_TOKENS = 16;

export function chatOrder(request: ChatRequest): Order {
  const { messages, max_completion_tokens, max_tokens } = request;
  const turns = messages.map(({ content }) => textOf(content ?? ''));
  return orderOf(request, [turns], max_completion_tokens ?? max_tokens ?? null);
}

/** @throws PlimsollError REQUEST_INVALID */
export function completionOrder(request: CompletionRequest): Order {
  const { prompt, max_tokens } = request;
  const prompts = typeof prompt === 'string' ? [prompt] : prompt;
  return orderOf(request, prompts, max_tokens ?? COMPLETION_TOKENS);
}

function orderOf(
  request: ChatRequest | CompletionRequest,
  prompts: AnswerOrder['prompts'],
  maxTokens: number | null,
): Order {
  const { temperature, top_p, seed, stop } = request;
  const choices = request.n ?? 1;
  const answers = choices * prompts.length;
  if (answers > MOST_ANSWERS) {
    const problem = `expected at most ${MOST_ANSWERS} answers to all prompts together, got ${answers}`;
    fail('REQUEST_INVALID', { field: 'n', problem });
  }
  return {
    prompts,
    choices,
    max_tokens: maxTokens,
    temperature: temperature ?? 1,
    top_p: top_p ?? 1,
    seed: seed ?? randomInt(2 ** 32),
    stop: typeof stop === 'string' ? [stop] : (stop ?? []),
  };
}

function textOf(content: NonNullable<ChatRequest['messages'][number]['content']>): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}
