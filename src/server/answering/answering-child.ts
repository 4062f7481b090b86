/** @file One process that answers with one model: started under a limit, told one order at a time, ended. */
import { errorOf, fail, formatBytes, newRunId, type PlimsollError } from '#base';
import { type AnsweringEvent, answeringEventSchema, check, type Verdict } from '#protocol';
import { type AttachedEnd, launchAttached } from '#supervise';
import { channel, type Channel } from '../http/channel.ts';
import { parsed, refusalIn } from '../children/child-queue.ts';
import type { Order } from '../openai/completion-order.ts';

export interface AnsweringChild {
  readonly pid: number;
  readonly noGroup: string | null;
  /** bytes of its limit */
  readonly share: number;
  /** tokens that a prompt may have. @throws PlimsollError ANSWERING_FAILED where it cannot open its model */
  readonly ready: Promise<number>;
  /**
   * What it says of an order, up to `done`, which comes soon once the signal is aborted; one order at a time.
   *
   * @throws PlimsollError ANSWERING_ENDED
   */
  answer(order: Order, signal: AbortSignal): AsyncGenerator<AnsweringEvent>;
  /** false as soon as it is known that it has ended */
  isAlive(): boolean;
  /** Twice does no harm. */
  end(): void;
  /** once its memory is free */
  readonly ended: Promise<Verdict>;
}

export interface ChildRequest {
  /** as clients call it */
  readonly model: string;
  readonly plimsoll: string;
  /** flags of `plimsoll answer` */
  readonly words: readonly string[];
  /** bytes of its limit */
  readonly share: number;
}

/**
 * A large buffer goes back to the kernel as soon as it is freed, as its need was predicted; the other two are chosen
 * anew by bin/plimsoll.
 */
const ENV = {
  NO_COLOR: '1',
  MALLOC_MMAP_THRESHOLD_: String(128 * 1024),
  MALLOC_ARENA_MAX: undefined,
  MALLOC_TRIM_THRESHOLD_: undefined,
};

/** Where it shares a limit with runs or the service, it is the first to go, as a run is (oom_score_adj; proc(5)). */
const SCRIPT = 'echo 1000 >/proc/self/oom_score_adj; exec "$0" "$@"';

/** @throws Error where no process can be started */
export async function startAnswering(request: ChildRequest): Promise<AnsweringChild> {
  const { model, plimsoll, words, share } = request;
  let lastId = 0;
  let heard: Channel<AnsweringEvent> | null = null;
  let open: ((positions: number) => void) | undefined;
  const opened = new Promise<number>((resolve) => (open = resolve));
  const onLine = (line: string): void => {
    const { value: event } = check(answeringEventSchema, parsed(line));
    if (!event) return; // no word of ours: a library that prints
    if (event.type === 'ready') open?.(event.positions);
    else if (event.id === lastId) heard?.put(event);
  };
  const command = await launchAttached({
    command: ['/bin/sh', '-c', SCRIPT, plimsoll, 'answer', '--json', ...words],
    id: newRunId(),
    env: ENV,
    memory: share,
    onLine,
  });
  let alive = true;
  const over = command.ended.then((end) => {
    alive = false;
    heard?.fail(endedError(model, end.verdict));
    return end;
  });
  const ready = Promise.race([opened, over.then((end) => failUnopened(model, end))]);
  ready.catch(() => {}); // told to whoever waits for it

  return {
    pid: command.pid,
    noGroup: command.noGroup,
    share,
    ready,
    ended: over.then(({ verdict }) => verdict),
    isAlive: () => alive,
    end: () => command.end(),
    async *answer(order, signal) {
      const id = ++lastId;
      const events = channel<AnsweringEvent>();
      heard = events;
      const cancel = () => command.tell(JSON.stringify({ type: 'cancel', id }));
      command.tell(JSON.stringify({ type: 'answer', id, ...order }));
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
      try {
        for await (const event of events.items) {
          yield event;
          if (event.type === 'done') return;
        }
      } finally {
        signal.removeEventListener('abort', cancel);
        heard = null;
      }
    },
  };
}

/** It has said itself what of the model is missing or damaged, if it came as far as that. */
function failUnopened(model: string, { verdict, errors }: AttachedEnd): never {
  if (verdict.cause !== 'error') throw endedError(model, verdict);
  const { message } = refusalIn(errors, 'it has ended and has not said why');
  return fail('ANSWERING_FAILED', { model, problem: message });
}

function endedError(
  model: string,
  { cause, grade, limit_bytes, peak_bytes }: Verdict,
): PlimsollError {
  return errorOf('ANSWERING_ENDED', {
    model,
    cause,
    grade,
    limit: limit_bytes === null ? 'unknown' : formatBytes(limit_bytes),
    peak: peak_bytes === null ? 'not seen' : formatBytes(peak_bytes),
    seconds: AGAIN_AFTER_S,
  });
}

/** For another process to be there. */
const AGAIN_AFTER_S = 2;
