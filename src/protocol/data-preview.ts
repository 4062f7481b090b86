/** @file DataPreview: what a run would read: how many examples, what is passed over, the first as the model gets them. */
import { z } from 'zod';

const count = z.int().min(0);

const text = z.strictObject({
  /** back from its tokens, so as the model gets it; of a very long one the beginning */
  text: z.string(),
  tokens: count,
  /** whether some of it is beyond the longest that is allowed */
  cut: z.boolean(),
});

export const dataPreviewSchema = z.strictObject({
  files: z.array(z.strictObject({ name: z.string(), kind: z.enum(['jsonl', 'csv', 'sqlite']) })),
  /** records that were looked at: as many as there are, or as many as a run reads at most */
  read: count,
  examples: count,
  /** records without an example, by reason */
  skipped: z.record(z.string(), count),
  first: z.array(z.strictObject({ source: text, target: text })),
});

/** A file that was sent, as orders name it. */
export const dataFileSchema = z.strictObject({
  /** `data` of an order */
  path: z.string(),
  /** as its sender called it */
  name: z.string(),
  bytes: count,
  sentAt: z.iso.datetime(),
});

/** Of multipart/form-data. */
export const dataFileFormSchema = z.strictObject({
  /** JSONL, CSV or SQLite, by its content and the ending of its name */
  file: z.string().meta({ format: 'binary' }),
  /** what to select, of a SQLite file */
  query: z.string().min(1).max(1000).optional(),
});

export type DataPreview = z.infer<typeof dataPreviewSchema>;
export type DataFile = z.infer<typeof dataFileSchema>;
