/** @file Samples of memory as columns for a chart. Pure. */
import type { ServiceSample } from '#protocol';

export interface MemoryColumns {
  /** seconds since the run began */
  readonly x: number[];
  /** what the kernel cannot take back; null where no process was there */
  readonly water: (number | null)[];
  /** the same and pages of files above it */
  readonly total: (number | null)[];
}

/**
 * @param detail of a part, in place of what `samples` have there
 * @param start milliseconds
 */
export function memoryColumns(
  samples: readonly ServiceSample[],
  detail: readonly ServiceSample[] | null,
  start: number,
): MemoryColumns {
  const columns: MemoryColumns = { x: [], water: [], total: [] };
  let before: ServiceSample | null = null;
  for (const sample of merged(samples, detail)) {
    const at = (Date.parse(sample.time) - start) / 1000;
    if (before && before.attempt !== sample.attempt) {
      push(columns, (Date.parse(before.time) - start) / 1000 + SOON, null, null);
      push(columns, at - SOON, null, null);
    }
    push(columns, at, sample.unreclaimable, sample.unreclaimable + sample.file);
    before = sample;
  }
  return columns;
}

/** After the last sample of an attempt, and until the first of the next, the water is gone. Seconds. */
const SOON = 0.001;

function push(
  { x, water, total }: MemoryColumns,
  at: number,
  bytes: number | null,
  all: number | null,
): void {
  x.push(at);
  water.push(bytes);
  total.push(all);
}

function merged(
  samples: readonly ServiceSample[],
  detail: readonly ServiceSample[] | null,
): readonly ServiceSample[] {
  const [first, last] = [detail?.[0], detail?.at(-1)];
  if (!detail || !first || !last) return samples;
  return [
    ...samples.filter((sample) => isBefore(sample, first)),
    ...detail,
    ...samples.filter((sample) => isBefore(last, sample)),
  ];
}

function isBefore(a: ServiceSample, b: ServiceSample): boolean {
  return a.attempt < b.attempt || (a.attempt === b.attempt && a.time < b.time);
}
