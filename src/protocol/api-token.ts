/** @file ApiToken: who may call the service, and for what. Of a token itself only its hash is ever kept. */
import { z } from 'zod';

/** read: look; run: start, cancel and delete runs too; admin: everything, tokens included */
export const SCOPES = ['read', 'run', 'admin'] as const;

const scope = z.enum(SCOPES);
/** what people call it: shown in the list, in the audit log, and as who triggered a run */
const name = z.string().min(1).max(100);

export const newTokenSchema = z.strictObject({ name, scope });

export const apiTokenSchema = z.strictObject({
  id: z.int(),
  name,
  scope,
  createdAt: z.iso.datetime(),
  /** to the minute; null where it has never been used */
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});

/** The answer to a token's making: the one time that it is told. */
export const madeTokenSchema = apiTokenSchema.extend({ token: z.string() });

export type Scope = z.infer<typeof scope>;
export type NewToken = z.infer<typeof newTokenSchema>;
export type ApiToken = z.infer<typeof apiTokenSchema>;
export type MadeToken = z.infer<typeof madeTokenSchema>;
