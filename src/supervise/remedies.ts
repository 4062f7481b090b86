/**
 * @file What would have helped: smaller parameters, a higher limit where it was set, another place. Pure.
 *
 * The command may be any program: what smaller parameters would take is not known, and not guessed.
 */
import { formatBytes } from '#base';
import type { Cause, Remedy } from '#protocol';
import type { KnownLimit } from './facts.ts';
import type { Fired } from './reading.ts';

export interface Need {
  readonly cause: Cause;
  readonly limit: KnownLimit;
  readonly peak: number | null;
  readonly fired: Fired | null;
}

/** In order of cost. None where memory was not what ended the attempt. */
export function remediesFor(need: Need): Remedy[] {
  if (!need.cause.startsWith('oom-') && need.cause !== 'allocation-failed') return [];
  return [SMALLER, ...higherLimit(need), ...elsewhere(need)];
}

const SMALLER: Remedy = {
  change:
    'smaller training parameters: a smaller batch (--batch-size) and shorter examples take less memory at once; fewer samples (--max-samples) help where the program holds all of them; fewer epochs (--epochs) save time and no memory',
  lines: [],
  predicted_peak_bytes: null,
};

/** A kill tells that more was needed, never how much: half as much again is a first try. */
const GROWTH = 1.5;
const STEP = 64 * 2 ** 20;

function higherLimit({ limit, peak, fired }: Need): Remedy[] {
  if (limit.bytes === null || fired?.limit === 'machine') return [];
  const inUse = Math.max(limit.bytes, limit.baseline + (peak ?? 0));
  const bytes = Math.ceil((inUse * GROWTH) / STEP) * STEP;
  const change = `a higher limit than ${formatBytes(limit.bytes)} (${limit.from}): the need is above it and not known; ${formatBytes(bytes)} is a first try`;
  return [
    { change, lines: whereSet(limit.from, `${bytes / 2 ** 20}M`), predicted_peak_bytes: null },
  ];
}

/** How such a limit is written, by who set it. */
function whereSet(from: string, size: string): string[] {
  if (from === '--memory') return [`plimsoll run --memory ${size} -- ...`];
  if (from.includes('/kubepods')) return ['resources:', '  limits:', `    memory: ${size}i`];
  if (inContainer(from)) {
    const limits = ['  deploy:', '    resources:', '      limits:', `        memory: ${size}`];
    return ['docker-compose.yml, below the service:', ...limits];
  }
  const unit = /\/([^/ ]+\.(?:service|scope|slice)) \(/.exec(from)?.[1];
  return unit === undefined ? [] : [`systemctl set-property ${unit} MemoryMax=${size}`];
}

function elsewhere({ limit }: Need): Remedy[] {
  if (!inContainer(limit.from)) return [];
  const change = "outside the container, where the machine's memory is the limit";
  return [{ change, lines: [], predicted_peak_bytes: null }];
}

function inContainer(from: string): boolean {
  return /\/docker|\/kubepods|containerd|libpod|this container/.test(from);
}
