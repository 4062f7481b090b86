/** @file One answer, piece by piece: a chat of one message, by the service's OpenAI API. */
import type { ChatChunk, OpenAiError, OpenAiUsage } from '#protocol';
import { answered, ofOpenAi, Refusal } from '../api/request.ts';
import { dataIn } from '../api/server-sent.ts';

export interface Question {
  readonly model: string;
  readonly text: string;
  readonly temperature: number;
  /** tokens of the answer, at most */
  readonly length: number;
  /** one seed gives one answer */
  readonly seed: number;
}

export interface AnswerEnd {
  /** the model's own end, or as many tokens as were asked for */
  readonly reason: 'stop' | 'length';
  readonly usage: OpenAiUsage;
}

/** @throws Refusal; what the signal says once it is aborted */
export async function answerOf(
  { model, text, temperature, length, seed }: Question,
  onText: (piece: string) => void,
  signal: AbortSignal,
): Promise<AnswerEnd> {
  const { body } = await answered('/v1/chat/completions', {
    method: 'POST',
    signal,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: text }],
      temperature,
      seed,
      max_completion_tokens: length,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  let reason: AnswerEnd['reason'] | null = null;
  for await (const data of dataIn(body)) {
    if (data === '[DONE]') break;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the service made it from one of these
    const chunk = JSON.parse(data) as ChatChunk | OpenAiError;
    if ('error' in chunk) throw new Refusal(503, ofOpenAi(chunk.error));
    const [choice] = chunk.choices;
    if (choice?.delta.content) onText(choice.delta.content);
    reason = choice?.finish_reason ?? reason;
    if (chunk.usage && reason) return { reason, usage: chunk.usage };
  }
  signal.throwIfAborted();
  throw new Refusal(0, BROKEN_OFF);
}

const BROKEN_OFF = {
  code: 'UNREACHABLE',
  message: 'The answer broke off before its end',
  next: 'Look whether the service runs',
  field: null,
};
