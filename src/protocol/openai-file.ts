/** @file OpenAiFile: a file as OpenAI's API tells of it, and the form by which one is sent. */
import { z } from 'zod';

export const FILE_PURPOSES = ['fine-tune', 'fine-tune-results'] as const;

export const openAiFileSchema = z.strictObject({
  /** `file-` and chance; of the results of a job `file-results-` and the identifier of its run */
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int().min(0),
  /** seconds since 1970 */
  created_at: z.int().min(0),
  filename: z.string(),
  purpose: z.enum(FILE_PURPOSES),
  /** each line was read as an example before there was an id */
  status: z.literal('processed'),
});

/** Of multipart/form-data. */
export const openAiFileFormSchema = z.strictObject({
  /** JSONL: an example a line */
  file: z.string().meta({ format: 'binary' }),
  purpose: z.literal('fine-tune'),
});

export const openAiDeletedFileSchema = z.strictObject({
  id: z.string(),
  object: z.literal('file'),
  deleted: z.literal(true),
});

export type OpenAiFile = z.infer<typeof openAiFileSchema>;
