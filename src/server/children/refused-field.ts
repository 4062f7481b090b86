/** @file Which field of an order our own command line refuses. Pure. */
import type { Refusal } from './child-queue.ts';

/** Empty where it is about no single one. @param words that it was given */
export function refusedField({ code, facts }: Refusal, words: readonly string[]): string {
  const { flag, file } = facts;
  if (typeof flag === 'string') return flag.replace(/^--(no-)?/, '').replaceAll('-', '_');
  const field = FIELDS.find(([codes]) => codes.test(code))?.[1] ?? '';
  return isOfData(field) && isToEvaluate(file, words) ? `valid_${field}` : field;
}

function isOfData(field: string): boolean {
  return field === 'data' || field === 'query';
}

/** Data of an evaluation is refused by the same codes as that which is trained on: its file tells. */
function isToEvaluate(file: unknown, words: readonly string[]): boolean {
  return (
    words.includes(`--valid-data=${String(file)}`) && !words.includes(`--data=${String(file)}`)
  );
}

/** The first that fits. */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^DATA_(QUERY|COLUMNS)_/, 'query'],
  [/^DATA_/, 'data'],
  [/^MEMORY_LIMIT_/, 'memory'],
  [/^ADAPTER_TARGET_UNKNOWN$/, 'lora_targets'],
  [/^PRECISION_/, 'precision'],
  [/^(MODEL|HUB|SAFETENSORS|SHARD|TENSOR|TOKENIZER)_/, 'base_model'],
];
