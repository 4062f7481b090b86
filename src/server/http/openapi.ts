/** @file The OpenAPI 3.1 document: the routes and their schemas again, in the words of that format. */
import { z } from 'zod';
import type { ErrorCode } from '#base';
import { apiErrorSchema, openAiErrorSchema } from '#protocol';
import { statusOf } from './api-errors.ts';
import { isOpenAiPath, openAiStatusOf } from './openai-errors.ts';
import { type Route, route } from './route.ts';
import type { SessionCookie } from './session-cookie.ts';

/** Any call that needs a token may refuse with these. */
const OF_ALL: readonly ErrorCode[] = [
  'TOKEN_MISSING',
  'TOKEN_UNKNOWN',
  'TOKEN_REVOKED',
  'SESSION_OVER',
  'REQUEST_FROM_ELSEWHERE',
  'SCOPE_MISSING',
  'TOO_MANY_REQUESTS',
];

interface About {
  readonly version: string;
  readonly cookie: Pick<SessionCookie, 'name'>;
}

/** Made when it is first asked for, and kept: everybody may ask, and it takes longer than any other answer. */
export function openApiRoute(routes: readonly Route[], about: About): Route {
  let text: string | null = null;
  return route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    scope: null,
    answer: { status: 200, schema: z.record(z.string(), z.unknown()) },
    handle: () => {
      text ??= JSON.stringify(openApiOf(routes, about));
      return new Response(text, { headers: { 'Content-Type': 'application/json' } });
    },
  });
}

function openApiOf(routes: readonly Route[], { version, cookie }: About): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const each of routes) {
    paths[each.path] = { ...paths[each.path], [each.method.toLowerCase()]: operationOf(each) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Plimsoll', version },
    paths,
    components: {
      schemas: {
        ApiError: jsonSchema(apiErrorSchema),
        OpenAiError: jsonSchema(openAiErrorSchema),
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: cookie.name },
        homeiq: { type: 'apiKey', in: 'header', name: 'X-HomeIQ-API-Key' },
      },
    },
  };
}

function operationOf(operation: Route): object {
  const { path, summary, scope, params, query, body, form, answer, errors = [] } = operation;
  const parameters = [...parametersIn('path', params), ...parametersIn('query', query)];
  const refusals = [
    ...(scope === null ? [] : OF_ALL),
    ...(parameters.length > 0 || body || form ? (['REQUEST_INVALID'] as const) : []),
    ...(body ? (['REQUEST_NOT_JSON', 'REQUEST_TOO_LARGE'] as const) : []),
    ...(form ? (['UPLOAD_TOO_LARGE'] as const) : []),
    ...errors,
  ];
  return {
    summary,
    ...(scope !== null && {
      description: `Needs a token with scope ${scope}.`,
      security: [{ bearer: [] }, { homeiq: [] }, { session: [] }],
    }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { content: { 'application/json': { schema: jsonSchema(body) } } } }),
    ...(form && {
      requestBody: { content: { 'multipart/form-data': { schema: jsonSchema(form) } } },
    }),
    responses: { [answer.status]: responseOf(answer), ...refused(path, refusals) },
  };
}

function responseOf({ status, schema, type = 'application/json' }: Route['answer']): object {
  const description = status === 204 ? 'Done' : 'The answer';
  if (status === 204) return { description };
  return { description, content: { [type]: schema ? { schema: jsonSchema(schema) } : {} } };
}

function refused(path: string, codes: readonly ErrorCode[]): Record<string, object> {
  const isOpenAi = isOpenAiPath(path);
  const told = (code: ErrorCode) => (isOpenAi ? openAiStatusOf(statusOf(code)) : statusOf(code));
  const statuses = [...new Set(codes.map(told))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const description = codes.filter((code) => told(code) === status).join(', ');
      const schema = { $ref: `#/components/schemas/${isOpenAi ? 'OpenAiError' : 'ApiError'}` };
      return [String(status), { description, content: { 'application/json': { schema } } }];
    }),
  );
}

function parametersIn(place: 'path' | 'query', schema: z.ZodType | undefined): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema);
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: place,
    // What has a default is always there once it is read; it may be left out.
    required: place === 'path' || (required.includes(name) && !hasDefault(each)),
    schema: each,
  }));
}

function hasDefault(schema: unknown): boolean {
  return 'default' in Object(schema);
}

function jsonSchema(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  return rest;
}
