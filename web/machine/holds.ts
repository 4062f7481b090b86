/** @file The limit as a ship's holds, from side to side: who has which part of it, and how full each is. Pure. */
import type { ServiceMemory } from '../api/machine.ts';

export interface Hold {
  readonly key: string;
  readonly kind: 'service' | 'run' | 'answering' | 'free';
  /** the run's; null for what is none */
  readonly run: number | null;
  readonly name: string;
  /** of the limit, kept for it */
  readonly bytes: number;
  /** of these, in use now; null where it is not seen */
  readonly used: number | null;
}

/** @param nameOf a run's model */
export function holdsOf(memory: ServiceMemory, nameOf: (run: number) => string): Hold[] {
  const { reserve, capacity, runs, answering } = memory;
  const service: Hold = {
    key: 'service',
    kind: 'service',
    run: null,
    name: 'The service itself',
    bytes: reserve,
    used: null,
  };
  const ofRuns = runs.map(({ id, limit, used }): Hold => ({
    key: `run ${id}`,
    kind: 'run',
    run: id,
    name: `Run ${id}, ${nameOf(id)}`,
    bytes: limit,
    used,
  }));
  const answers: Hold[] = answering
    ? [
        {
          key: 'answering',
          kind: 'answering',
          run: null,
          name: `Answers of ${answering.model}`,
          bytes: answering.limit,
          used: null,
        },
      ]
    : [];
  const taken = [...ofRuns, ...answers].reduce((sum, { bytes }) => sum + bytes, 0);
  // A limit of the service that is lower than it was once may be less than what runs.
  const free = Math.max(capacity - taken, 0);
  return [
    service,
    ...ofRuns,
    ...answers,
    { key: 'free', kind: 'free', run: null, name: 'Free', bytes: free, used: 0 },
  ];
}

/** For whoever cannot see it. @param format of bytes */
export function holdsInWords(
  holds: readonly Hold[],
  { limit, from }: Pick<ServiceMemory, 'limit' | 'from'>,
  format: (bytes: number) => string,
): string {
  const parts = holds.map(({ name, bytes, used, kind }) => {
    const now = used === null || kind === 'free' ? '' : `, of which ${format(used)} in use`;
    return `${name}: ${format(bytes)}${now}`;
  });
  return `Of ${format(limit)} (${from}): ${parts.join('; ')}.`;
}
