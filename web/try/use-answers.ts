/**
 * @file The same text asked of one model after the other: one process of the service answers, with one model at a time.
 * The one that is open begins, since opening another takes seconds and the first one's place.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useRef, useState } from 'react';
import { memoryNow } from '../api/machine.ts';
import { Refusal } from '../api/request.ts';
import { signedOut } from '../api/session.tsx';
import { answerOf, type Question } from './answer.ts';
import { type Answers, type Change, changed, isOpen } from './answers.ts';

/** Of all models alike. */
type Asked = Omit<Question, 'model'>;

interface Asking {
  readonly answers: Answers;
  readonly isBusy: boolean;
  /** what the answers are to; null before anything was asked */
  readonly asked: Asked | null;
  readonly ask: (question: Asked, models: readonly string[]) => void;
  /** The same, of those that have not answered it to the end. */
  readonly again: () => void;
  /** Aborts what is under way; the service hears it. */
  readonly stop: () => void;
}

export function useAnswers(): Asking {
  const client = useQueryClient();
  const [answers, change] = useReducer(changed, {});
  const [asked, setAsked] = useState<Asked | null>(null);
  const current = useRef<AbortController | null>(null);
  useEffect(() => () => current.current?.abort(), []);
  const ask: Asking['ask'] = (question, models) => {
    current.current?.abort();
    setAsked(question);
    const control = new AbortController();
    current.current = control;
    change({ to: 'empty', models });
    void askAll(question, models, control.signal, change).catch((error: unknown) => {
      if (error instanceof Refusal && error.status === 401) signedOut(client, error);
      change({ to: 'halt', phase: 'left' });
    });
  };
  const again = (): void => {
    const open = Object.keys(answers).filter((model) => answers[model]?.phase !== 'done');
    if (asked) ask(asked, open);
  };
  const stop = (): void => {
    current.current?.abort();
    change({ to: 'halt', phase: 'stopped' });
  };
  const isBusy = Object.values(answers).some(isOpen);
  return { answers, isBusy, asked, ask, again, stop };
}

/** @throws Refusal the first, which its model's answer has too; the models after it are not asked */
async function askAll(
  question: Asked,
  models: readonly string[],
  signal: AbortSignal,
  change: (change: Change) => void,
): Promise<void> {
  for (const model of await openFirst(models)) {
    if (signal.aborted) return;
    await askOne({ ...question, model }, signal, change);
  }
}

async function askOne(
  question: Question,
  signal: AbortSignal,
  change: (change: Change) => void,
): Promise<void> {
  const { model } = question;
  const from = performance.now();
  const passed = (): number => performance.now() - from;
  change({ to: 'put', model, answer: { phase: 'opens' } });
  // What had come already when it was stopped comes all the same.
  const onText = (text: string): void => {
    if (!signal.aborted) change({ to: 'piece', model, text, ms: passed() });
  };
  try {
    const end = await answerOf(question, onText, signal);
    if (signal.aborted) return;
    change({ to: 'put', model, answer: { phase: 'done', end, totalMs: passed() } });
  } catch (error) {
    if (signal.aborted) return; // `stop` has said so
    const told = error instanceof Error ? error : new Error(String(error));
    change({ to: 'put', model, answer: { phase: 'refused', error: told, totalMs: passed() } });
    throw error;
  }
}

async function openFirst(models: readonly string[]): Promise<readonly string[]> {
  try {
    const open = (await memoryNow()).answering?.model;
    return models.toSorted((a, b) => Number(b === open) - Number(a === open));
  } catch {
    return models; // what is wrong, the question will tell
  }
}
