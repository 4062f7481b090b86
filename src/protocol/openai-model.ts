/** @file OpenAiModel: a model as OpenAI's API lists it. */
import { z } from 'zod';

export const openAiModelSchema = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  /** seconds since 1970; of the embedded base 0 */
  created: z.int().min(0),
  owned_by: z.string(),
});

export type OpenAiModel = z.infer<typeof openAiModelSchema>;
