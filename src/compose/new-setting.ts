/** @file A setting that is not there yet, as lines below the map that should have it. Pure. */
import { isCollection, isNode, isPair, type YAMLMap } from 'yaml';
import type { Edit } from './edits.ts';
import { startOf } from './setting.ts';

/**
 * `path` below `map`, at its end. Null for a map in braces.
 *
 * @param step blanks by which the file's levels are apart
 */
export function newSetting(
  map: YAMLMap,
  path: readonly string[],
  value: string,
  text: string,
  step: number,
): Edit | null {
  if (map.flow) return null;
  const column = columnOf(map, text);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = path.map((key, i) => {
    const last = i === path.length - 1;
    return `${' '.repeat(column + i * step)}${key}:${last ? ` ${value}` : ''}${newline}`;
  });
  const end = endOf(map);
  const next = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1; // a block of text ends with its line
  if (next > 0) return { from: next, to: next, text: lines.join('') };
  return { from: text.length, to: text.length, text: `${newline}${lines.join('').trimEnd()}` };
}

/** Of the keys of a map that is not in braces. */
export function columnOf(map: YAMLMap, text: string): number {
  const start = startOf(map);
  return start - (text.lastIndexOf('\n', start - 1) + 1);
}

/** Where the last thing in it ends: its own range takes in the comments below. */
function endOf(node: unknown): number {
  if (isPair(node)) return Math.max(endOf(node.key), endOf(node.value));
  if (isCollection(node) && !node.flow && node.items.length > 0) return endOf(node.items.at(-1));
  return isNode(node) ? (node.range?.[1] ?? 0) : 0;
}
