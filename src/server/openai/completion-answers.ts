/** @file From what a model says to OpenAI's answers: whole, or a chunk for each piece. Pure. */
import type { AnsweringEvent, ChatChunk, ChatCompletion, Completion, OpenAiUsage } from '#protocol';

/** What all chunks of one answer have, and the whole. */
export interface Head {
  readonly id: string;
  /** seconds since 1970 */
  readonly created: number;
  /** as it was asked for */
  readonly model: string;
}

export interface Choice {
  readonly text: string;
  readonly reason: 'stop' | 'length';
}

/** How one of the two calls writes its answers. */
export interface AnswerForm {
  /** before the random part of an id */
  readonly prefix: string;
  whole(head: Head, choices: readonly Choice[], usage: OpenAiUsage): ChatCompletion | Completion;
  /** of a choice, before its text; null for none */
  opening(head: Head, choice: number): ChatChunk | Completion | null;
  piece(head: Head, choice: number, text: string): ChatChunk | Completion;
  ending(head: Head, choice: number, reason: Choice['reason']): ChatChunk | Completion;
  usage(head: Head, usage: OpenAiUsage): ChatChunk | Completion;
}

export const CHAT_FORM: AnswerForm = {
  prefix: 'chatcmpl-',
  whole: (head, choices, usage) => ({
    ...head,
    object: 'chat.completion',
    choices: choices.map(({ text, reason }, index) => ({
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: null,
      finish_reason: reason,
    })),
    usage,
  }),
  opening: (head, choice) => chatChunk(head, choice, { role: 'assistant', content: '' }, null),
  piece: (head, choice, text) => chatChunk(head, choice, { content: text }, null),
  ending: (head, choice, reason) => chatChunk(head, choice, {}, reason),
  usage: (head, usage) => ({ ...head, object: 'chat.completion.chunk', choices: [], usage }),
};

export const COMPLETION_FORM: AnswerForm = {
  prefix: 'cmpl-',
  whole: (head, choices, usage) => ({
    ...head,
    object: 'text_completion',
    choices: choices.map(({ text, reason }, index) => completionChoice(index, text, reason)),
    usage,
  }),
  opening: () => null,
  piece: (head, choice, text) => completionChunk(head, completionChoice(choice, text, null)),
  ending: (head, choice, reason) => completionChunk(head, completionChoice(choice, '', reason)),
  usage: (head, usage) => ({ ...head, object: 'text_completion', choices: [], usage }),
};

type Delta = ChatChunk['choices'][number]['delta'];
type Reason = Choice['reason'] | null;

function chatChunk(head: Head, index: number, delta: Delta, finish_reason: Reason): ChatChunk {
  const choices = [{ index, delta, logprobs: null, finish_reason }];
  return { ...head, object: 'chat.completion.chunk', choices };
}

function completionChoice(index: number, text: string, finish_reason: Reason) {
  return { index, text, logprobs: null, finish_reason };
}

function completionChunk(head: Head, choice: Completion['choices'][number]): Completion {
  return { ...head, object: 'text_completion', choices: [choice] };
}

/** What has been said so far, added up. */
export class Tally {
  readonly #promptTokens: number;
  readonly #choices: { text: string; reason: Choice['reason'] }[];
  #tokens = 0;

  constructor(promptTokens: number, choices: number) {
    this.#promptTokens = promptTokens;
    this.#choices = Array.from({ length: choices }, () => ({ text: '', reason: 'stop' }));
  }

  add(event: AnsweringEvent): void {
    if (event.type !== 'text' && event.type !== 'finished') return;
    const choice = this.#choices[event.choice];
    if (!choice) return;
    if (event.type === 'text') choice.text += event.text;
    else {
      choice.reason = event.reason;
      this.#tokens += event.tokens;
    }
  }

  get choices(): readonly Choice[] {
    return this.#choices;
  }

  get usage(): OpenAiUsage {
    const [prompt_tokens, completion_tokens] = [this.#promptTokens, this.#tokens];
    return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  }
}
