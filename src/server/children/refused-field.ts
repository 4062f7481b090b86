/** @file Which field of an order our own command line refuses. Pure. */
import type { Refusal } from './child-queue.ts';

/** Empty where it is about no single one. */
export function refusedField({ code, facts }: Refusal): string {
  const { flag } = facts;
  if (typeof flag === 'string') return flag.replace(/^--(no-)?/, '').replaceAll('-', '_');
  return FIELDS.find(([codes]) => codes.test(code))?.[1] ?? '';
}

/** The first that fits. Data of an evaluation is refused by the same codes as that which is trained on. */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^DATA_(QUERY|COLUMNS)_/, 'query'],
  [/^DATA_/, 'data'],
  [/^MEMORY_LIMIT_/, 'memory'],
  [/^ADAPTER_TARGET_UNKNOWN$/, 'lora_targets'],
  [/^PRECISION_/, 'precision'],
  [/^(MODEL|HUB|SAFETENSORS|SHARD|TENSOR|TOKENIZER)_/, 'base_model'],
];
