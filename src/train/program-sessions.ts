/**
 * @file The sessions of a training program: all open at once, for speed, or each for as long as it runs,
 * for the least memory.
 */
import type { GraphSession } from '#onnx';
import { openPair, openSession, type WeightLocation } from '#onnx';
import type { TrainingGraphs, TrainingSegment } from '#plan';
import type { Plan } from '#protocol';

/** The head has one graph, which is both. */
export interface Sessions {
  readonly forward: GraphSession;
  readonly backward: GraphSession | null;
}

export type SessionOwner = TrainingSegment | 'head';

export interface SessionSources {
  readonly graphs: TrainingGraphs;
  readonly plan: Plan;
  readonly bind: (weight: string) => WeightLocation | 'fed';
}

export interface ProgramSessions extends AsyncDisposable {
  /** Calls back with the owner's sessions, which are open until it is done. */
  use<Result>(owner: SessionOwner, run: (sessions: Sessions) => Promise<Result>): Promise<Result>;
}

/** Every session stays open until all are closed. */
export async function keptSessions(sources: SessionSources): Promise<ProgramSessions> {
  const open = new Map<SessionOwner, Sessions>();
  for (const owner of [...sources.graphs.segments, 'head' as const]) {
    open.set(owner, await openOf(owner, sources));
  }
  return {
    async use(owner, run) {
      const sessions = open.get(owner);
      if (!sessions) throw new Error(`internal: ${nameOf(owner)} has no sessions`);
      return run(sessions);
    },
    async [Symbol.asyncDispose]() {
      for (const sessions of open.values()) await close(sessions);
    },
  };
}

/**
 * Opened for each use and closed behind it: 5 to 10 ms each time, for what would be used only once or
 * twice. Many sessions that were open at once leave memory in pieces behind.
 */
export function passingSessions(sources: SessionSources): ProgramSessions {
  return {
    async use(owner, run) {
      const sessions = await openOf(owner, sources);
      try {
        return await run(sessions);
      } finally {
        await close(sessions);
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function openOf(
  owner: SessionOwner,
  { graphs, plan, bind }: SessionSources,
): Promise<Sessions> {
  if (owner === 'head') {
    return { forward: await openSession(graphs.head, bind, plan), backward: null };
  }
  if (!owner.backward) {
    return { forward: await openSession(owner.forward, bind, plan), backward: null };
  }
  const [forward, backward] = await openPair([owner.forward, owner.backward], bind, plan);
  return { forward, backward };
}

async function close({ forward, backward }: Sessions): Promise<void> {
  await forward.close();
  await backward?.close();
}

function nameOf(owner: SessionOwner): string {
  return owner === 'head' ? owner : owner.name;
}
