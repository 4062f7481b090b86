/**
 * @file Models that answer: one process at a time, which takes requests in their order, is ended when it has had
 * nothing to do for a while, makes way for runs, and for another model.
 */
import { errorOf, fail, formatBytes, type PlimsollError } from '#base';
import type { AnsweringEvent, AnsweringNeed, Verdict } from '#protocol';
import type { Store } from '#store';
import { type AnsweringChild, startAnswering } from './answering-child.ts';
import type { AnsweringNeeds } from './answering-need.ts';
import { answeringRoom } from './answering-room.ts';
import type { Capacity } from '../runs/capacity.ts';
import { channel, type Channel } from '../http/channel.ts';
import type { Order } from '../openai/completion-order.ts';
import type { Log } from '../http/log.ts';
import { answeringWords } from './answering-words.ts';
import type { ServedModel } from '../openai/served-models.ts';

export interface Answering {
  /**
   * Resolves when the answer begins.
   *
   * @param signal aborted when nobody waits any more
   * @throws PlimsollError CONTEXT_LENGTH_EXCEEDED, ANSWERING_CANNOT_FIT, ANSWERING_HAS_NO_ROOM, ANSWERING_MAKES_WAY,
   *   ANSWERS_WAITING, ANSWERING_FAILED, ANSWERING_ENDED
   */
  ask(model: ServedModel, order: Order, signal: AbortSignal): Promise<Answers>;
  /** Who has how much of the memory of runs; null for nobody. */
  holder(): { readonly model: string; readonly share: number } | null;
  /** A run needs its memory: it ends once it has answered what it is at, and takes nothing more until then. */
  makeWay(): void;
  close(): Promise<void>;
}

export interface Answers {
  readonly promptTokens: number;
  /** up to `done`. @throws PlimsollError ANSWERING_ENDED, ANSWERING_FAILED */
  readonly events: AsyncIterable<AnsweringEvent>;
}

export interface AnsweringParts {
  readonly store: Pick<Store, 'runs'>;
  readonly needs: AnsweringNeeds;
  readonly capacity: Pick<Capacity, 'bytes'>;
  readonly plimsoll: string;
  /** with nothing to do */
  readonly idleSeconds: number;
  readonly log: Log;
  /** memory has become free */
  readonly onFree: () => void;
}

/** Beside the one that is answered. */
const MOST_WAITING = 16;
/** An answer takes seconds, a run minutes and more. */
const QUEUE_AGAIN_S = 5;
const ROOM_AGAIN_S = 30;

interface Asked {
  readonly model: ServedModel;
  readonly order: Order;
  readonly signal: AbortSignal;
  readonly begin: (answers: Answers) => void;
  readonly refuse: (error: unknown) => void;
}

interface Current {
  readonly model: ServedModel;
  /** bytes of its limit: its own from before it is started until it has ended */
  readonly share: number;
  /** null while it is started */
  child: AnsweringChild | null;
}

export function answeringOf(parts: AnsweringParts): Answering {
  const { idleSeconds, log, onFree } = parts;
  const waiting: Asked[] = [];
  let current: Current | null = null;
  let isBusy = false;
  let isWanted = false;
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;

  /** Resolves when it is gone and its memory is free. */
  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const child = current?.child;
    child?.end();
    await child?.ended;
  };

  /** The process for a model: the one that is there, or a new one in its place. */
  const childFor = async (model: ServedModel): Promise<AnsweringChild> => {
    const there = current?.child;
    if (there?.isAlive() && current?.model.id === model.id) return there;
    await end();
    const words = answeringWords(model);
    const need = await parts.needs.of(model.id, words);
    return await start(model, words, shareFor(model, need, parts));
  };

  const start = async (
    model: ServedModel,
    words: readonly string[],
    share: number,
  ): Promise<AnsweringChild> => {
    const mine: Current = { model, share, child: null };
    current = mine;
    const left = (): void => {
      if (current === mine) current = null;
      onFree();
    };
    try {
      const child = await startAnswering({ ...parts, model: model.id, words, share });
      mine.child = child;
      const { pid, noGroup } = child;
      log.info({ model: model.id, pid, memory: share, noGroup }, 'a model is opened to answer');
      const over = ({ cause, grade }: Verdict): void => {
        log.info({ model: model.id, pid, cause, grade }, 'a model answers no more');
        if (cause === 'oom-own-limit') parts.needs.wasTooSmall(words, share);
        left();
      };
      void child.ended.then(over);
      return child;
    } catch (error) {
      left();
      throw error;
    }
  };

  const serve = async (asked: Asked): Promise<void> => {
    try {
      const child = await childFor(asked.model);
      await answer(child, await child.ready, asked);
    } catch (error) {
      asked.refuse(error);
    }
  };

  /** Nobody waits for it any more. */
  const forget = (asked: Asked): void => {
    const at = waiting.indexOf(asked);
    if (at < 0) return;
    waiting.splice(at, 1);
    asked.refuse(asked.signal.reason);
  };

  const pump = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    clearTimeout(idle);
    for (let asked = waiting.shift(); asked; asked = waiting.shift()) {
      if (isWanted || isClosed) asked.refuse(makesWay(asked.model));
      else await serve(asked);
    }
    if (isWanted) await end();
    isWanted = false;
    isBusy = false;
    if (current) idle = setTimeout(() => void end(), idleSeconds * 1000).unref();
    if (waiting.length > 0) await pump(); // somebody asked while it ended
  };

  return {
    ask: async (model, order, signal) => {
      signal.throwIfAborted();
      if (isWanted || isClosed) throw makesWay(model);
      if (waiting.length >= MOST_WAITING)
        fail('ANSWERS_WAITING', { most: MOST_WAITING, seconds: QUEUE_AGAIN_S });
      return await new Promise<Answers>((begin, refuse) => {
        const asked = { model, order, signal, begin, refuse };
        waiting.push(asked);
        signal.addEventListener('abort', () => forget(asked), { once: true });
        void pump();
      });
    },
    holder: () => current && { model: current.model.id, share: current.share },
    makeWay: () => {
      if (!current || isWanted) return;
      isWanted = true;
      void pump();
    },
    close: async () => {
      isClosed = true;
      await end();
    },
  };
}

/** @throws PlimsollError ANSWERING_CANNOT_FIT, ANSWERING_HAS_NO_ROOM */
function shareFor(
  { id: model }: ServedModel,
  need: AnsweringNeed,
  { store, capacity }: Pick<AnsweringParts, 'store' | 'capacity'>,
): number {
  const running = store.runs.running();
  const shares = running.map(({ id, share_bytes: share }) => ({ id, share: share ?? 0 }));
  const room = answeringRoom(need, shares, capacity.bytes);
  if (room.kind === 'fits') return room.bytes;
  const [needed, all] = [need.least_bytes, capacity.bytes].map(formatBytes);
  const facts = { model, needed: needed ?? '', capacity: all ?? '' };
  if (room.kind === 'never') return fail('ANSWERING_CANNOT_FIT', facts);
  const { free, holders } = room;
  const seconds = ROOM_AGAIN_S;
  return fail('ANSWERING_HAS_NO_ROOM', { ...facts, free: formatBytes(free), holders, seconds });
}

/** Resolves when the process has said all. @param most tokens that a prompt may have @throws PlimsollError */
async function answer(child: AnsweringChild, most: number, asked: Asked): Promise<void> {
  const { model, order, signal, begin, refuse } = asked;
  const events: Channel<AnsweringEvent> = channel();
  let begun = false;
  const failed = (error: unknown): void => {
    if (begun) events.fail(error);
    else refuse(error);
  };
  try {
    for await (const event of child.answer(order, signal)) {
      if (event.type === 'begun') {
        begun = true;
        begin({ promptTokens: event.prompt_tokens, events: events.items });
      } else if (event.type === 'too-long') {
        failed(tooLong(asked, most, event));
      } else if (event.type === 'failed') {
        const { message: problem } = event;
        failed(errorOf('ANSWERING_FAILED', { model: model.id, problem }));
      } else events.put(event);
    }
    if (!begun) refuse(signal.reason); // it was cancelled before that, unless it is refused already
  } catch (error) {
    failed(error);
  }
}

function tooLong(
  { model, order }: Asked,
  most: number,
  { prompt, tokens, whole }: Extract<AnsweringEvent, { type: 'too-long' }>,
): PlimsollError {
  const [only] = order.prompts;
  const field = Array.isArray(only) ? 'messages' : `prompt${prompt === 0 ? '' : `.${prompt}`}`;
  const counted = whole ? `of ${tokens}` : `whose beginning alone has ${tokens}`;
  return errorOf('CONTEXT_LENGTH_EXCEEDED', { field, model: model.id, most, counted });
}

function makesWay({ id }: ServedModel): PlimsollError {
  return errorOf('ANSWERING_MAKES_WAY', { model: id, seconds: ROOM_AGAIN_S });
}
