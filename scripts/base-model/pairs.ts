/** @file Pairs of prompt and completion, and their JSONL. */
import { readFileSync } from 'node:fs';

export interface Pair {
  readonly prompt: string;
  readonly completion: string;
}

export function readPairs(file: string): Pair[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parsePair);
}

export function parsePair(line: string): Pair {
  const value: unknown = JSON.parse(line);
  if (isPair(value)) return value;
  throw new Error(`expected {"prompt": ..., "completion": ...}, got ${line.slice(0, 80)}`);
}

function isPair(value: unknown): value is Pair {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'prompt' in value &&
    typeof value.prompt === 'string' &&
    'completion' in value &&
    typeof value.completion === 'string'
  );
}
