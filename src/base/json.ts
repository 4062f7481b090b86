/** @file Canonical JSON: one text per value, so that its hash names the value. */
import { createHash } from 'node:crypto';

/**
 * JSON without spaces and with the keys of every object in code-unit order.
 * Properties that are `undefined` are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? sorted(inner) : inner,
  );
}

/** sha256 of the canonical JSON, in hex. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function sorted(object: object): Record<string, unknown> {
  // No prototype: a key named __proto__ is then a key like any other.
  const result = Object.create(null) as Record<string, unknown>;
  const entries = Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, inner] of entries) result[key] = inner;
  return result;
}
