/** @file OpenAiError: how refusals read below /v1/, where clients of OpenAI's API look for them. */
import { z } from 'zod';

/** As OpenAI's API names the kinds of what it refuses. */
const TYPES = [
  'invalid_request_error',
  'authentication_error',
  'permission_error',
  'rate_limit_error',
  'server_error',
] as const;

export const openAiErrorSchema = z.strictObject({
  error: z.strictObject({
    /** what was expected, what was found, and what to do about it */
    message: z.string(),
    type: z.enum(TYPES),
    /** of the body, the query or the path; null where it is about no single one */
    param: z.string().nullable(),
    /** of the table in docs/errors.md, or INTERNAL */
    code: z.string().nullable(),
  }),
});

export type OpenAiError = z.infer<typeof openAiErrorSchema>;
