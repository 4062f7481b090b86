/** @file Equal values have equal canonical texts, whatever the order in which they were built. */
import { expect, test } from 'vitest';
import { canonicalJson, fingerprintOf } from './json.ts';

test('keys are sorted at every depth, arrays keep their order', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: 'é' })).toBe('{"a":"é","b":[{"c":2,"d":1}]}');
});

test('a key named __proto__ is a key like any other', () => {
  const value: unknown = JSON.parse('{"b":1,"__proto__":{"x":1}}');
  expect(canonicalJson(value)).toBe('{"__proto__":{"x":1},"b":1}');
});

test('undefined properties do not count', () => {
  expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }));
});

test('the fingerprint is the sha256 of that text', () => {
  expect(fingerprintOf({})).toBe(
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  );
  expect(fingerprintOf({ a: 1, b: 2 })).toBe(fingerprintOf({ b: 2, a: 1 }));
});
