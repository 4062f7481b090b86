/** @file A model that stays open and answers one order after the other, text by text. */
import { sourceOf } from '#data';
import type { AnsweringEvent, AnswerOrder } from '#protocol';
import { type Answering, openAnswering } from './answer-texts.ts';
import { TEXT_ONLY } from './evaluate.ts';
import type { GenerateOptions } from './inference.ts';
import { settledText } from './settled-text.ts';

export interface Answerer extends AsyncDisposable {
  /** tokens that a prompt may have, and an answer */
  readonly positions: number;
  /**
   * What is to be said of the order, in order, but for its `done`. Answers come one after the other, so that many
   * take no more memory than one.
   */
  answer(order: AnswerOrder, signal: AbortSignal): AsyncGenerator<AnsweringEvent>;
}

/** @throws PlimsollError for whatever of model or adapter is missing, damaged, or does not fit together */
export async function openAnswerer(options: Answering): Promise<Answerer> {
  const { base, inference } = await openAnswering(options);
  const { tokenizer, model } = base;
  const { positions } = model;

  async function* answerOne(
    source: readonly number[],
    order: AnswerOrder,
    choice: number,
    signal: AbortSignal,
  ): AsyncGenerator<AnsweringEvent> {
    const { id, stop } = order;
    const generation = generationOf(order, positions, choice % order.choices);
    const tokens: number[] = [];
    let said = '';
    let reason: 'stop' | 'length' = 'stop';
    const settle = (whole: boolean): { readonly news: string; readonly stopped: boolean } => {
      const { text, stopped } = settledText(tokenizer.decode(tokens, TEXT_ONLY), stop, whole);
      const news = text.slice(said.length);
      said += news;
      return { news, stopped };
    };
    const event = (text: string) => ({ type: 'text', id, choice, text }) as const;
    let ended = false;
    for await (const [chosen] of inference.steps([source], generation)) {
      if (signal.aborted) return;
      if (!chosen) break; // it has ended by itself
      tokens.push(chosen.token);
      if (tokens.length === generation.maxTokens) reason = 'length';
      const { news, stopped } = settle(false);
      if (news !== '') yield event(news);
      if (!stopped) continue;
      reason = 'stop';
      ended = true;
      break;
    }
    const rest = ended ? { news: '', stopped: true } : settle(true);
    if (rest.news !== '') yield event(rest.news);
    yield {
      type: 'finished',
      id,
      choice,
      reason: rest.stopped ? 'stop' : reason,
      tokens: tokens.length,
    };
  }

  return {
    positions,
    async *answer(order, signal) {
      const { id, prompts, choices } = order;
      const texts = prompts.map((prompt) =>
        typeof prompt === 'string' ? prompt : sourceOf(prompt),
      );
      const most = positions * MOST_CHARACTERS;
      const sources = texts.map((text) => tokenizer.encode(text.slice(0, most)));
      const isLong = (i: number) =>
        (texts[i]?.length ?? 0) > most || (sources[i]?.length ?? 0) > positions;
      const long = texts.findIndex((_, i) => isLong(i));
      if (long >= 0) {
        const tokens = sources[long]?.length ?? 0;
        const whole = (texts[long]?.length ?? 0) <= most;
        yield { type: 'too-long', id, prompt: long, tokens, whole };
        return;
      }
      yield {
        type: 'begun',
        id,
        prompt_tokens: sources.reduce((sum, { length }) => sum + length, 0),
      };
      for (const [i, source] of sources.entries()) {
        for (let choice = 0; choice < choices; choice++) {
          if (signal.aborted) return;
          yield* answerOne(source, order, i * choices + choice, signal);
        }
      }
    },
    [Symbol.asyncDispose]: () => inference.close(),
  };
}

/**
 * Of one token, on average: words have a few, and no vocabulary has many longer ones. What is longer than all tokens
 * of a prompt could be is not cut into tokens: 1 MiB of rare characters takes more memory than all else here.
 */
const MOST_CHARACTERS = 64;

/** @param row draws otherwise than others of the same seed */
function generationOf(
  { max_tokens, temperature, top_p: topP, seed }: AnswerOrder,
  positions: number,
  row: number,
): GenerateOptions {
  const maxTokens = Math.min(max_tokens ?? positions, positions);
  if (temperature === 0) return { maxTokens };
  return { maxTokens, firstRow: row, sampling: { temperature, topK: 0, topP, seed } };
}
