/** @file Tokens and the audit log: for those with scope admin. */
import { z } from 'zod';
import { fail } from '#base';
import { apiTokenSchema, madeTokenSchema, newTokenSchema } from '#protocol';
import type { Store } from '#store';
import { type Route, route } from '../http/route.ts';

const auditSchema = z.strictObject({
  id: z.int(),
  time: z.iso.datetime(),
  token_id: z.int().nullable(),
  who: z.string(),
  address: z.string(),
  action: z.string(),
  status: z.int(),
});

export function tokenRoutes({ tokens, audit }: Pick<Store, 'tokens' | 'audit'>): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/tokens',
      summary: 'Make a token. It is told in this answer and never again',
      scope: 'admin',
      body: newTokenSchema,
      answer: { status: 201, schema: madeTokenSchema },
      handle: ({ body }) => tokens.create(body),
    }),
    route({
      method: 'GET',
      path: '/api/v1/tokens',
      summary: 'List tokens',
      scope: 'admin',
      answer: { status: 200, schema: z.array(apiTokenSchema) },
      handle: () => tokens.list(),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/tokens/{id}',
      summary: 'Revoke a token: from now on it is none',
      scope: 'admin',
      params: z.strictObject({ id: z.coerce.number().int().min(1) }),
      answer: { status: 200, schema: apiTokenSchema },
      errors: ['TOKEN_ID_UNKNOWN'],
      handle: ({ params: { id } }) => tokens.revoke(id) ?? fail('TOKEN_ID_UNKNOWN', { id }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/audit',
      summary: 'Who changed what, and who was refused, the newest first',
      scope: 'admin',
      query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
      answer: { status: 200, schema: z.array(auditSchema) },
      handle: ({ query: { limit } }) => audit.list(limit),
    }),
  ];
}
