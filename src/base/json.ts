/** @file Canonical JSON: one text per value, so that its hash names the value. */

/**
 * JSON without spaces, the keys of every object in one fixed order: first those that are array
 * indices, by number (JavaScript gives no choice there), then the others by code unit.
 * Properties that are `undefined` are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? sorted(inner) : inner,
  );
}

/** sha256 of the canonical JSON, in hex. */
export function fingerprintOf(value: unknown): string {
  // It takes 2 ms to load, and a command that is run waits for no fingerprint.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function sorted(object: object): object {
  const entries = Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries); // defines keys, so one named __proto__ is a key like any other
}
