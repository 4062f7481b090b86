/** @file One JSON value of a JSONL file -> one example, in any of the shapes people keep them in. */
import { findColumns, joinSource, KNOWN_PAIRS } from './columns.ts';
import type { Example } from './example.ts';
import { conversation } from './conversation.ts';
import { shown } from './shown.ts';

/** What is wrong with a record, for the message about its line. */
export interface Problem {
  readonly expected: string;
  readonly found: string;
}

/** `{prompt, completion}`, `{instruction, input?, response|output}`, `{messages: [...]}`, ... */
export function exampleOf(record: unknown): Example | Problem {
  if (!isObject(record)) return { expected: 'a JSON object', found: kindOf(record) };
  if (record['messages'] !== undefined) return checked(conversation(record['messages']));
  const names = Object.keys(record);
  const columns = findColumns(names);
  if (!columns)
    return {
      expected: `an object with messages, or with one of the pairs ${KNOWN_PAIRS}`,
      found: names.length > 0 ? `the keys ${shown(names.join(', '))}` : 'an object without keys',
    };
  const texts = [columns.source, columns.target, columns.more].map((column) => {
    const name = names[column ?? -1];
    return { name, value: name === undefined ? '' : record[name] };
  });
  const wrong = texts.find(({ value }) => typeof value !== 'string');
  // Datasets with an optional input write it as null as often as they leave it out.
  if (wrong && !(wrong === texts[2] && wrong.value === null))
    return { expected: `text in '${wrong.name}'`, found: kindOf(wrong.value) };
  const [source, target, more] = texts.map(({ value }) => (typeof value === 'string' ? value : ''));
  return checked({ source: joinSource(source ?? '', more ?? ''), target: target ?? '' });
}

/** A blank text teaches nothing, and is nearly always a slip of the program that wrote the file. */
export function checked(result: Example | Problem): Example | Problem {
  if (isProblem(result)) return result;
  if (result.source.trim() === '') return { expected: 'text for the source', found: 'none' };
  if (result.target.trim() === '') return { expected: 'text for the target', found: 'none' };
  return result;
}

export function isProblem(result: Example | Problem): result is Problem {
  return 'expected' in result;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `a number (5)`, `a list of 3`: what a value is, in words. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return `the text ${shown(value)}`;
  return `a ${typeof value} (${JSON.stringify(value)})`;
}
