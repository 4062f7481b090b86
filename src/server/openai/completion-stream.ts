/** @file An answer piece by piece: server-sent events as OpenAI's API writes them, `[DONE]` the last. */
import type { AnsweringEvent, OpenAiUsage } from '#protocol';
import { answerTo } from '../http/api-errors.ts';
import type { AnswerForm, Head, Tally } from './completion-answers.ts';
import { openAiAnswer } from '../http/openai-errors.ts';

export interface Streamed {
  readonly form: AnswerForm;
  readonly head: Head;
  readonly events: AsyncIterable<AnsweringEvent>;
  readonly tally: Tally;
  /** a last chunk tells it, and all before say that it is not yet known */
  readonly withUsage: boolean;
  /** The reader has gone. */
  readonly onGone: () => void;
  /** of what breaks it off: the status has been sent by then */
  readonly onError: (error: unknown) => void;
}

export function completionStream(streamed: Streamed): Response {
  const texts = textsOf(streamed);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { value, done } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(`data: ${value}\n\n`));
      },
      cancel: streamed.onGone,
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
  });
}

async function* textsOf(streamed: Streamed): AsyncGenerator<string> {
  const { tally, withUsage, onError } = streamed;
  const unknown = withUsage ? { usage: null } : {};
  try {
    for await (const chunk of chunksOf(streamed)) yield JSON.stringify({ ...unknown, ...chunk });
    if (withUsage) yield JSON.stringify(usageChunk(streamed, tally.usage));
    yield '[DONE]';
  } catch (error) {
    onError(error);
    yield JSON.stringify(openAiAnswer(answerTo(error)).body);
  }
}

async function* chunksOf({ form, head, events, tally }: Streamed): AsyncGenerator<object> {
  const opened = new Set<number>();
  for await (const event of events) {
    if (event.type === 'done') return;
    if (event.type !== 'text' && event.type !== 'finished') continue;
    const { choice } = event;
    tally.add(event);
    const opening = opened.has(choice) ? null : form.opening(head, choice);
    opened.add(choice);
    if (opening) yield opening;
    yield event.type === 'text'
      ? form.piece(head, choice, event.text)
      : form.ending(head, choice, event.reason);
  }
}

function usageChunk({ form, head }: Streamed, usage: OpenAiUsage): object {
  return form.usage(head, usage);
}
