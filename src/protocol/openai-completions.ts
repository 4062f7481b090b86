/**
 * @file Answers of a model as OpenAI's API has them: what is asked, what comes back whole, what comes piece by piece.
 *
 * What would change an answer and cannot be done here is refused by name. What clients send by routine and does an
 * answer no harm is taken, and has no effect.
 */
import { z } from 'zod';

const count = z.int().min(0);
const text = z.string();

/** A field that asks for what there is not, unless it has one of the values that ask for nothing. */
function without(what: string, ...harmless: readonly unknown[]) {
  const known = [null, ...harmless].map((value) => JSON.stringify(value));
  const asksForNothing = (value: unknown) => value === undefined || known.includes(jsonOf(value));
  const values = known.join(' or ');
  return z
    .unknown()
    .refine(asksForNothing, { message: `expected ${values}: the models here ${what}` })
    .optional()
    .describe(`not here: only ${values}`);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return ''; // nested too deep: JSON.parse reads deeper than JSON.stringify writes
  }
}

const ignored = z.unknown().optional().describe('taken, without effect');

const COMMON = {
  model: z.string().min(1).max(8192),
  /** answers to each prompt */
  n: z.int().min(1).max(16).nullish(),
  /** tokens of one answer; more than the model can give is as many as it can */
  max_tokens: z.int().min(1).nullish(),
  /** 0: always the likeliest token */
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  /** an answer ends before the first of these */
  stop: z.union([text.min(1), z.array(text.min(1)).max(4)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      include_obfuscation: z.boolean().nullish(),
    })
    .nullish(),
  frequency_penalty: without('draw tokens without it', 0),
  presence_penalty: without('draw tokens without it', 0),
  logit_bias: without('draw tokens without it', {}),
  user: ignored,
};

const textPart = z.strictObject({ type: z.literal('text'), text });
const content = z.union([text, z.array(textPart).min(1)]);
const NO_TOOLS = 'answer in text, and call nothing';

const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.enum(['system', 'developer', 'user']),
    content,
    name: ignored,
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: content.nullish(),
    name: ignored,
    refusal: without('refuse nothing'),
    audio: without('answer in text'),
    annotations: ignored,
    tool_calls: without(NO_TOOLS, []),
    function_call: without(NO_TOOLS),
  }),
]);

export const chatRequestSchema = z.strictObject({
  ...COMMON,
  messages: z.array(messageSchema).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  tools: without(NO_TOOLS, []),
  tool_choice: without(NO_TOOLS, 'none', 'auto'),
  functions: without(NO_TOOLS, []),
  function_call: without(NO_TOOLS, 'none', 'auto'),
  response_format: without('answer in text', { type: 'text' }),
  modalities: without('answer in text', ['text']),
  audio: without('answer in text'),
  web_search_options: without('search nothing'),
  logprobs: without('do not tell probabilities', false),
  top_logprobs: without('do not tell probabilities', 0),
  metadata: ignored,
  moderation: without('moderate nothing'),
  parallel_tool_calls: ignored,
  prediction: ignored,
  prompt_cache_key: ignored,
  prompt_cache_options: ignored,
  prompt_cache_retention: ignored,
  reasoning_effort: ignored,
  safety_identifier: ignored,
  service_tier: ignored,
  store: ignored,
  verbosity: ignored,
});

export const completionRequestSchema = z.strictObject({
  ...COMMON,
  prompt: z.union([text, z.array(text).min(1).max(32)]),
  best_of: without('give the answers that are asked for', 1),
  echo: without('give answers alone', false),
  logprobs: without('do not tell probabilities'),
  suffix: without('go on after a text, not before one', ''),
});

const finishReason = z.enum(['stop', 'length']);

export const openAiUsageSchema = z.strictObject({
  /** as the model reads them, with the one that ends a prompt */
  prompt_tokens: count,
  /** of all answers; the one that ends an answer is not among them */
  completion_tokens: count,
  total_tokens: count,
});

const created = z.int().min(0);

export const chatCompletionSchema = z.strictObject({
  id: text,
  object: z.literal('chat.completion'),
  created,
  model: text,
  choices: z.array(
    z.strictObject({
      index: count,
      message: z.strictObject({ role: z.literal('assistant'), content: text, refusal: z.null() }),
      logprobs: z.null(),
      finish_reason: finishReason,
    }),
  ),
  usage: openAiUsageSchema,
});

export const chatChunkSchema = z.strictObject({
  id: text,
  object: z.literal('chat.completion.chunk'),
  created,
  model: text,
  choices: z.array(
    z.strictObject({
      index: count,
      delta: z.strictObject({ role: z.literal('assistant').optional(), content: text.optional() }),
      logprobs: z.null(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  /** absent unless it was asked for; then null but in the last, which has no choices */
  usage: openAiUsageSchema.nullish(),
});

/** Whole, or piece by piece: the two have one form. */
export const completionSchema = z.strictObject({
  id: text,
  object: z.literal('text_completion'),
  created,
  model: text,
  choices: z.array(
    z.strictObject({
      index: count,
      text,
      logprobs: z.null(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: openAiUsageSchema.nullish(),
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;
export type CompletionRequest = z.infer<typeof completionRequestSchema>;
export type OpenAiUsage = z.infer<typeof openAiUsageSchema>;
export type ChatCompletion = z.infer<typeof chatCompletionSchema>;
export type ChatChunk = z.infer<typeof chatChunkSchema>;
export type Completion = z.infer<typeof completionSchema>;
