/** @file What an event says, in a line. */
import type { ServiceEvent } from '#protocol';
import { formatBytes } from '../words/bytes.ts';
import { formatNumber } from '../words/numbers.ts';

/** Fields whose values are long, or are there already in words. */
const LEFT_OUT: ReadonlySet<string> = new Set(['plan', 'spec', 'prediction', 'folder']);

export function eventWords({ data }: ServiceEvent): string {
  const prediction: unknown = data['prediction'];
  const peak: unknown = Reflect.get(Object(prediction), 'predicted_peak_bytes');
  const parts = Object.entries(data)
    .filter(([name, value]) => value !== null && value !== '' && !LEFT_OUT.has(name))
    .map(([name, value]) => `${worded(name)} ${shown(name, value)}`);
  if (typeof peak === 'number') parts.unshift(`peak ${formatBytes(peak)}`);
  return parts.join(', ');
}

/** `predicted_peak_bytes` and `resumedFrom` as words. */
function worded(name: string): string {
  return name
    .replace(/_?bytes$/i, '')
    .replaceAll('_', ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}

function shown(name: string, value: unknown): string {
  if (typeof value === 'number') {
    return /bytes$/i.test(name) ? formatBytes(value) : formatNumber(value);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
