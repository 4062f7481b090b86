/**
 * @file The processes of attempts, which outlive the service: launched, watched, found again by their folder.
 *
 * The folder of an attempt says all that is needed to find it. So the store has it as live before it is launched:
 * where the service is killed in between, nothing has run, and the folder says so.
 */
import { makeFolder } from '#base';
import { attemptRecordSchema, check, type Verdict } from '#protocol';
import {
  attachDetached,
  type DetachedAttempt,
  type DetachedRequest,
  launchDetached,
  readRecord,
} from '#supervise';
import { childEnv } from '../children/child-env.ts';
import type { Log } from '../http/log.ts';

export type AttemptOrder = Pick<
  DetachedRequest,
  'runId' | 'attempt' | 'folder' | 'cwd' | 'command' | 'memory'
>;

export type Look =
  /** its process is being started, or looked for */
  | { readonly kind: 'opening' }
  /** nothing has run. `error`: why, where that is known */
  | { readonly kind: 'unbegun'; readonly error: unknown }
  | {
      readonly kind: 'alive';
      /** bytes that the kernel cannot take back, and pages of files; null before the first look */
      readonly memory: { readonly unreclaimable: number; readonly file: number } | null;
    }
  | {
      readonly kind: 'ended';
      readonly verdict: Verdict;
      /** a service before this one had launched it */
      readonly found: boolean;
    };

export interface Attempts {
  launch(order: AttemptOrder): void;
  /** What can be seen of the attempt of a folder; one that is not known is looked for. */
  look(order: Pick<AttemptOrder, 'folder'>): Look;
  /** SIGTERM, which a trainer answers with a checkpoint; SIGKILL after `GRACE_SECONDS`. Twice does no harm. */
  cancel(order: Pick<AttemptOrder, 'folder'>): void;
  /** Of an attempt that has ended, or has not begun, once that is stored. */
  forget(order: Pick<AttemptOrder, 'folder'>): void;
}

/** For a trainer to end its step and save what it has. */
export const GRACE_SECONDS = 30;

type Known =
  | Exclude<Look, { readonly kind: 'alive' }>
  | { readonly kind: 'alive'; readonly attempt: DetachedAttempt };

/** @param onChange when there is something new to see */
export function attemptsOf(log: Log, onChange: () => void): Attempts {
  const known = new Map<string, Known>();
  const put = (folder: string, state: Known): void => {
    known.set(folder, state);
    onChange();
  };
  const watch = async (folder: string, attempt: DetachedAttempt, found: boolean) => {
    put(folder, { kind: 'alive', attempt });
    try {
      const { verdict } = await attempt.ended;
      put(folder, { kind: 'ended', verdict, found });
    } catch (error) {
      log.error(
        { folder, err: error },
        'the end of an attempt was not recorded; it is tried again',
      );
      attempt.leave();
      known.delete(folder);
    }
  };
  const attach = async (folder: string): Promise<void> => {
    try {
      const attempt = await attachDetached(folder);
      if (attempt) await watch(folder, attempt, true);
      else put(folder, recorded(folder) ?? { kind: 'unbegun', error: null });
    } catch (error) {
      log.error({ folder, err: error }, 'an attempt was not found; it is tried again');
      known.delete(folder);
    }
  };
  const launch = async (order: AttemptOrder): Promise<void> => {
    const { folder, runId, attempt: number, memory } = order;
    try {
      makeFolder(folder);
      const env = { ...childEnv(), PLIMSOLL_RUN_ID: runId, PLIMSOLL_ATTEMPT: String(number) };
      const limits = { timeoutSeconds: null, graceSeconds: GRACE_SECONDS };
      const attempt = await launchDetached({ ...order, ...limits, env });
      const { noGroup } = attempt;
      log.info({ run: runId, attempt: number, memory, noGroup }, 'an attempt has begun');
      await watch(folder, attempt, false);
    } catch (error) {
      put(folder, { kind: 'unbegun', error });
    }
  };
  return {
    launch: (order) => {
      known.set(order.folder, { kind: 'opening' });
      void launch(order);
    },
    look: ({ folder }) => {
      const state = known.get(folder);
      if (state?.kind === 'alive') {
        const { unreclaimable, file } = state.attempt.samples().at(-1) ?? {};
        const seen = unreclaimable !== undefined && file !== undefined;
        return { kind: 'alive', memory: seen ? { unreclaimable, file } : null };
      }
      if (state) return state;
      known.set(folder, { kind: 'opening' });
      void attach(folder);
      return { kind: 'opening' };
    },
    cancel: ({ folder }) => {
      const state = known.get(folder);
      if (state?.kind === 'alive') state.attempt.cancel();
    },
    forget: ({ folder }) => {
      known.delete(folder);
    },
  };
}

/** Of one whose end a service before this one recorded, and was killed before it stored that. */
function recorded(folder: string): Known | null {
  const text = readRecord(folder);
  const record = text === null ? undefined : check(attemptRecordSchema, JSON.parse(text)).value;
  return record ? { kind: 'ended', verdict: record.verdict, found: true } : null;
}
