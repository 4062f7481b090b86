/**
 * @file What goes between the service and the process that answers for it, one JSON object a line: orders to its
 * standard input, what it says to its standard output.
 */
import { z } from 'zod';

const id = z.int().min(1);
const count = z.int().min(1);

export const answerOrderSchema = z.strictObject({
  type: z.literal('answer'),
  /** names the order in all that is said of it */
  id,
  /** each a text, or what the turns of a conversation say, in order */
  prompts: z.array(z.union([z.string(), z.array(z.string())])).min(1),
  /** answers to each prompt; number `p * choices + c` of all is answer `c` to prompt `p` */
  choices: count,
  /** of one answer; null for as many as the model can give */
  max_tokens: count.nullable(),
  /** 0: always the likeliest token */
  temperature: z.number().min(0),
  top_p: z.number().min(0).max(1),
  seed: z.int(),
  /** an answer ends before the first of these */
  stop: z.array(z.string().min(1)),
});

export const answeringCommandSchema = z.discriminatedUnion('type', [
  answerOrderSchema,
  /** nobody waits for it any more; `done` follows */
  z.strictObject({ type: z.literal('cancel'), id }),
]);

export const answeringEventSchema = z.discriminatedUnion('type', [
  /** the model is open; `positions`: tokens that a prompt may have */
  z.strictObject({ type: z.literal('ready'), positions: count }),
  /** before the first text; of all prompts together */
  z.strictObject({ type: z.literal('begun'), id, prompt_tokens: z.int().min(0) }),
  z.strictObject({ type: z.literal('text'), id, choice: z.int().min(0), text: z.string() }),
  z.strictObject({
    type: z.literal('finished'),
    id,
    choice: z.int().min(0),
    reason: z.enum(['stop', 'length']),
    /** that were chosen, the one that ends an answer not among them */
    tokens: z.int().min(0),
  }),
  /** nothing was begun: a prompt has more tokens than the model takes */
  z.strictObject({
    type: z.literal('too-long'),
    id,
    prompt: z.int().min(0),
    tokens: count,
    /** false where it is so long that only its beginning was counted */
    whole: z.boolean(),
  }),
  /** a bug, or a file that cannot be read any more */
  z.strictObject({ type: z.literal('failed'), id, message: z.string() }),
  /** the last that is said of an order, however it went */
  z.strictObject({ type: z.literal('done'), id }),
]);

/** What a model takes to answer, for whoever gives it a limit. Bytes. */
export const answeringNeedSchema = z.strictObject({
  /** unreclaimable at the peak */
  peak_bytes: z.int().min(0),
  /** the smallest limit under which it works */
  least_bytes: z.int().min(0),
  /** of weights, which stay in memory where there is room: then it is quick */
  weights_bytes: z.int().min(0),
});

export type AnswerOrder = z.infer<typeof answerOrderSchema>;
export type AnsweringCommand = z.infer<typeof answeringCommandSchema>;
export type AnsweringEvent = z.infer<typeof answeringEventSchema>;
export type AnsweringNeed = z.infer<typeof answeringNeedSchema>;
