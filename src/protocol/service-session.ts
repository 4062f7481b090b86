/** @file ServiceSession: who is signed in to the dashboard, and until when. The cookie that says so is in no body. */
import { z } from 'zod';
import { apiTokenSchema } from './api-token.ts';

export const serviceSessionSchema = z.strictObject({
  /** of the token */
  name: apiTokenSchema.shape.name,
  scope: apiTokenSchema.shape.scope,
  /** null for a call that brings its token itself, and so has no session */
  expiresAt: z.iso.datetime().nullable(),
});

export type ServiceSession = z.infer<typeof serviceSessionSchema>;
