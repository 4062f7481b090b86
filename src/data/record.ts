/** @file One JSON value of a JSONL file -> one example, in any of the shapes people keep them in. */
import { findColumns, joinSource, KNOWN_PAIRS } from './columns.ts';
import { conversation } from './conversation.ts';
import { isProblem, type Example, type Problem } from './example.ts';
import { isObject, kindOf } from './json-value.ts';
import { shown } from './shown.ts';

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
