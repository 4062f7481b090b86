/**
 * @file Calls to a service, as the command line makes them. The token comes from the environment alone: other processes
 * can read a command line, and proxies write URLs into their logs.
 */
import type { z } from 'zod';
import { fail, PlimsollError, systemCodeOf } from '#base';
import { apiErrorSchema, check } from '#protocol';
import { DEFAULT_SERVER } from './client-options.ts';

export interface Client {
  /** @throws PlimsollError SERVER_UNREACHABLE, SERVER_REFUSED, SERVER_UNKNOWN */
  json<T>(call: string, schema: z.ZodType<T>, body?: object): Promise<T>;
  text(call: string): Promise<string>;
  /** The answer as it comes, for those that never end. */
  open(call: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export const RUNS = '/api/v1/admin/training/runs';
/** @throws PlimsollError SERVER_URL_INVALID, SERVER_TOKEN_MISSING */
export function clientOf(server: string | true): Client {
  const given = server === true ? (process.env['PLIMSOLL_SERVER'] ?? DEFAULT_SERVER) : server;
  const base = baseOf(given);
  const token = process.env['PLIMSOLL_TOKEN'] ?? '';
  if (token === '') fail('SERVER_TOKEN_MISSING', { server: base });

  const open: Client['open'] = async (call, headers = {}) => await send(call, headers);
  const send = async (call: string, headers: object, body?: object): Promise<Response> => {
    const [method = '', path = ''] = call.split(' ');
    let response: Response;
    try {
      response = await fetch(`${base}${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      return fail(
        'SERVER_UNREACHABLE',
        { server: base, reason: reasonOf(error) },
        { cause: error },
      );
    }
    return response.ok ? response : refused(base, response);
  };
  return {
    open,
    text: async (call) => await (await open(call)).text(),
    json: async (call, schema, body) => {
      const { value } = check(schema, parsed(await (await send(call, {}, body)).text()));
      return value ?? fail('SERVER_UNKNOWN', { server: base, call });
    },
  };
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    return fail('SERVER_URL_INVALID', { problem: `got '${text}'` });
  if (url.username !== '' || url.password !== '')
    return fail('SERVER_URL_INVALID', { problem: 'got one with a name or password in it' });
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

/** What the service says, and what to do, in one line. */
async function refused(server: string, response: Response): Promise<never> {
  const { value } = check(apiErrorSchema, parsed(await response.text()));
  if (!value) return fail('SERVER_UNKNOWN', { server, call: `status ${response.status}` });
  const { code, message, next } = value.error;
  throw new PlimsollError('SERVER_REFUSED', message, { code, status: response.status }, { next });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no schema of ours allows it
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNRESET: 'the connection was closed',
  ETIMEDOUT: 'it takes too long',
};

/** fetch wraps what went wrong. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const known = REASONS[systemCodeOf(cause) ?? ''];
  return known ?? (cause instanceof Error ? cause.message : String(cause));
}
