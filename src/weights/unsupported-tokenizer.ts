/**
 * @file What @huggingface/tokenizers 0.2.0 would tokenize differently from the reference.
 *
 * It accepts these and ignores them, so a model would silently train on wrong tokens: better to
 * refuse. A row may go when the library has it and the comparison in tokenizer.test.ts agrees.
 */
import { isJsonObject, type JsonObject } from './read-json.ts';

/** Why the tokenizer.json `json` cannot be used, or undefined if it can. */
export function whyUnsupported(json: JsonObject): string | undefined {
  const { model, added_tokens: added } = json;
  if (!isJsonObject(model)) return "it has no 'model'";
  const kind = kindOf(model);
  if (kind !== 'BPE' && kind !== 'Unigram') return `its model is ${kind}`;
  if (kind === 'BPE' && model['dropout']) return 'it drops merges at random (dropout)';
  if (kind === 'BPE' && model['continuing_subword_prefix'])
    return 'it marks inner pieces by a prefix';
  if (kind === 'Unigram' && model['byte_fallback'] === true) return 'Unigram with byte_fallback';
  if (!Array.isArray(added)) return "it has no list 'added_tokens'";
  const wordOnly = added.find((token) => isJsonObject(token) && token['single_word'] === true);
  if (wordOnly !== undefined) return 'an added token matches whole words only (single_word)';
  return stepsOf(json['pre_tokenizer']).map(whyStepUnsupported).find(Boolean);
}

/** Files from before the field `type` show what they are by their vocabulary. */
function kindOf(model: JsonObject): string {
  if (typeof model['type'] === 'string') return model['type'];
  if (Array.isArray(model['vocab'])) return 'Unigram';
  return model['merges'] === undefined ? 'of an unknown kind' : 'BPE';
}

function stepsOf(step: unknown): JsonObject[] {
  if (!isJsonObject(step)) return [];
  const inner = step['pretokenizers'];
  return Array.isArray(inner) ? inner.flatMap(stepsOf) : [step];
}

function whyStepUnsupported(step: JsonObject): string | undefined {
  const { type, behavior } = step;
  const merging = type === 'Split' && behavior !== 'Isolated' && behavior !== 'Removed';
  return merging ? `it splits with the behaviour ${JSON.stringify(behavior)}` : undefined;
}
