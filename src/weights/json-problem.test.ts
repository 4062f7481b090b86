/** @file The place of a problem is right, and there is one exactly when JSON.parse finds one. */
import { array, assert, constantFrom, json, nat, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { jsonProblem } from './json-problem.ts';

test.each<[string, number, number, string, string]>([
  ['', 1, 1, 'a value', 'the end'],
  ['{"a": 1,\n "b": }', 2, 7, 'a value', '"}"'],
  ['{"a": 1\n "b": 2}', 2, 2, "',' or '}'", String.raw`"\"b\": 2}"`],
  ['[1, 2,]', 1, 7, 'a value', '"]"'],
  ['{"a" 1}', 1, 6, "':'", '"1}"'],
  ["{'a': 1}", 1, 2, "a name in double quotes or '}'", '"\'a\': 1}"'],
  ['{"a": 1,}', 1, 9, 'a name in double quotes', '"}"'],
  ['{"a": NaN}', 1, 7, 'a value', '"NaN}"'],
  ['{"a": 01}', 1, 8, "',' or '}'", '"1}"'],
  ['{"a": "x\ny"}', 1, 7, 'a value', String.raw`"\"x"`],
  ['[[1, 2]', 1, 8, "',' or ']'", 'the end'],
  ['{} {}', 1, 4, 'the end', '"{}"'],
])('%j', (text, line, column, expected, found) => {
  expect(parses(text)).toBe(false);
  expect(jsonProblem(text)).toEqual({ line, column, expected, found });
});

test('there is a problem exactly when JSON.parse throws', () => {
  const noise = array(constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join(''));
  assert(property(noise, agrees), { numRuns: 3000 });
  const damaged = property(json(), nat(), string({ maxLength: 2 }), (text, at, inserted) => {
    const place = at % (text.length + 1);
    const other = text.slice(0, place) + inserted + text.slice(place + 1);
    return agrees(text) && agrees(other);
  });
  assert(damaged, { numRuns: 1000 });
});

test('long strings and deep nesting do not exhaust the stack', () => {
  expect(jsonProblem(`["${'x\\n'.repeat(1_000_000)}"`)?.found).toBe('the end');
  expect(jsonProblem('['.repeat(1_000_000))?.column).toBe(1_000_001);
});

const PARTS = '{ } [ ] , : " \\ - 0 1 . e E u + a true null "k": "x"'.split(' ').concat(' ', '\n');

function agrees(text: string): boolean {
  return (jsonProblem(text) === undefined) === parses(text);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
