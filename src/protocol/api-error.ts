/** @file ApiError: how every refusal of the service reads, whatever the call. */
import { z } from 'zod';

export const apiErrorSchema = z.strictObject({
  error: z.strictObject({
    /** of the table in docs/errors.md, or INTERNAL */
    code: z.string(),
    /** what was expected and what was found */
    message: z.string(),
    /** what to do about it */
    next: z.string(),
    /** of the body, the query or the path; null where it is about no single one */
    field: z.string().nullable(),
  }),
  /** `message` again, where clients of the original service look for it */
  detail: z.string(),
});

export type ApiError = z.infer<typeof apiErrorSchema>;
