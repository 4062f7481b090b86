/** @file How far each model has come with its answer, and what changes that. Pure. */
import type { AnswerEnd } from './answer.ts';

export interface Answer {
  /**
   * `waits`: another is asked before it; `opens`: asked, and nothing has come yet; `left`: nobody asked it, since one
   * before it failed
   */
  readonly phase: 'waits' | 'opens' | 'answers' | 'done' | 'stopped' | 'refused' | 'left';
  readonly text: string;
  /** from the question to the first piece, which has the opening of the model in it; null before that */
  readonly firstMs: number | null;
  readonly totalMs: number | null;
  readonly end: AnswerEnd | null;
  readonly error: Error | null;
}

/** By model. */
export type Answers = Readonly<Record<string, Answer>>;

export type Change =
  | { readonly to: 'empty'; readonly models: readonly string[] }
  | { readonly to: 'put'; readonly model: string; readonly answer: Partial<Answer> }
  | { readonly to: 'piece'; readonly model: string; readonly text: string; readonly ms: number }
  /** what was not answered will not be */
  | { readonly to: 'halt'; readonly phase: 'stopped' | 'left' };

const EMPTY: Answer = {
  phase: 'waits',
  text: '',
  firstMs: null,
  totalMs: null,
  end: null,
  error: null,
};

export function changed(answers: Answers, change: Change): Answers {
  if (change.to === 'empty') {
    return { ...answers, ...Object.fromEntries(change.models.map((model) => [model, EMPTY])) };
  }
  if (change.to === 'put') {
    return withAnswer(answers, change.model, (answer) => ({ ...answer, ...change.answer }));
  }
  if (change.to === 'piece') {
    return withAnswer(answers, change.model, (answer) => ({
      ...answer,
      phase: 'answers',
      text: answer.text + change.text,
      firstMs: answer.firstMs ?? change.ms,
    }));
  }
  const halted = (answer: Answer): Answer =>
    isOpen(answer) ? { ...answer, phase: change.phase } : answer;
  return Object.fromEntries(
    Object.entries(answers).map(([model, answer]) => [model, halted(answer)]),
  );
}

function withAnswer(answers: Answers, model: string, next: (answer: Answer) => Answer): Answers {
  return { ...answers, [model]: next(answers[model] ?? EMPTY) };
}

export function isOpen({ phase }: Answer): boolean {
  return phase === 'waits' || phase === 'opens' || phase === 'answers';
}
