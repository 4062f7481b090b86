/** @file Trying what was trained: answers as OpenAI's API has them, whole or piece by piece. */
import { randomBytes } from 'node:crypto';
import { fail, PlimsollError } from '#base';
import {
  type ChatRequest,
  chatRequestSchema,
  chatCompletionSchema,
  type CompletionRequest,
  completionRequestSchema,
  completionSchema,
} from '#protocol';
import type { Answering, Answers } from '../answering/answering.ts';
import {
  type AnswerForm,
  CHAT_FORM,
  COMPLETION_FORM,
  type Head,
  Tally,
} from './completion-answers.ts';
import { chatOrder, completionOrder, type Order } from './completion-order.ts';
import { completionStream } from './completion-stream.ts';
import type { Log } from '../http/log.ts';
import { type Route, route } from '../http/route.ts';
import type { ServedModels } from './served-models.ts';

export interface CompletionParts {
  readonly models: Pick<ServedModels, 'named'>;
  readonly answering: Pick<Answering, 'ask'>;
  readonly log: Log;
}

const ERRORS = [
  'MODEL_ID_UNKNOWN',
  'CONTEXT_LENGTH_EXCEEDED',
  'ANSWERS_WAITING',
  'ANSWERING_CANNOT_FIT',
  'ANSWERING_HAS_NO_ROOM',
  'ANSWERING_MAKES_WAY',
  'ANSWERING_FAILED',
  'ANSWERING_ENDED',
] as const;

export function completionRoutes(parts: CompletionParts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/chat/completions',
      summary: 'Have a model answer a conversation; with stream as server-sent events',
      scope: 'run',
      body: chatRequestSchema,
      answer: { status: 200, schema: chatCompletionSchema },
      errors: ERRORS,
      handle: ({ body, signal }) => answer(parts, body, chatOrder(body), CHAT_FORM, signal),
    }),
    route({
      method: 'POST',
      path: '/v1/completions',
      summary: 'Have a model answer texts; with stream as server-sent events',
      scope: 'run',
      body: completionRequestSchema,
      answer: { status: 200, schema: completionSchema },
      errors: ERRORS,
      handle: ({ body, signal }) =>
        answer(parts, body, completionOrder(body), COMPLETION_FORM, signal),
    }),
  ];
}

async function answer(
  { models, answering, log }: CompletionParts,
  { model: id, stream, stream_options }: ChatRequest | CompletionRequest,
  order: Order,
  form: AnswerForm,
  signal: AbortSignal,
): Promise<object> {
  const model = models.named(id) ?? fail('MODEL_ID_UNKNOWN', { field: 'model', id });
  const gone = new AbortController();
  const anyGone = AbortSignal.any([signal, gone.signal]);
  let answers: Answers;
  try {
    answers = await answering.ask(model, order, anyGone);
  } catch (error) {
    if (anyGone.aborted) return new Response(null, { status: CLIENT_GONE });
    throw error;
  }
  const { promptTokens, events } = answers;
  const tally = new Tally(promptTokens, order.prompts.length * order.choices);
  const head: Head = {
    id: `${form.prefix}${randomBytes(12).toString('hex')}`,
    created: Math.floor(Date.now() / 1000),
    model: id,
  };
  if (stream) {
    const withUsage = stream_options?.include_usage === true;
    const onGone = () => gone.abort();
    const onError = (error: unknown) => {
      if (!(error instanceof PlimsollError)) log.error({ err: error }, 'an answer broke off');
    };
    return completionStream({ form, head, events, tally, withUsage, onGone, onError });
  }
  for await (const event of events) {
    if (event.type === 'done') break;
    tally.add(event);
  }
  return form.whole(head, tally.choices, tally.usage);
}

/** Nobody reads it; the measurements count it (nginx's status for the same). */
const CLIENT_GONE = 499;
