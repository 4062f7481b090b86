/**
 * @file Who is signed in. The token is exchanged for a cookie that no script can read, and is kept nowhere. Where the
 * session ends, the sign-in stands in place of the page, whose address stays: after it one is where one was.
 */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Scope, ServiceSession } from '#protocol';
import { answered, getJson, Refusal, send } from './request.ts';

const KEY = ['session'];
const PATH = '/api/v1/session';

/** Null where nobody is signed in; undefined while that is not known. */
/** Of what the sign-in says: a session was here, and why it is no more. */
const ENDED = ['session-ended'];

export function useSession(): { session: ServiceSession | null | undefined; error: Error | null } {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      try {
        return await getJson<ServiceSession>(PATH, signal);
      } catch (failure) {
        if (!(failure instanceof Refusal && failure.status === 401)) throw failure;
        markEnded(client, failure);
        return null;
      }
    },
    staleTime: 60_000,
  });
  return { session: data, error };
}

export function useSignIn(): (token: string) => Promise<void> {
  const client = useQueryClient();
  return async (token) => {
    if (!/^[\x21-\x7e]+$/.test(token)) throw new Refusal(401, NOT_A_TOKEN);
    const session = await signInWith(token);
    client.removeQueries({ predicate: isOther }); // what another was shown
    client.setQueryData(KEY, session);
  };
}

const isOther = ({ queryKey }: { readonly queryKey: readonly unknown[] }) => queryKey[0] !== KEY[0];

/** No header can have it. */
const NOT_A_TOKEN = {
  code: 'TOKEN_UNKNOWN',
  message: 'A token is one word of letters, digits, - and _',
  next: 'Copy it as a whole, and nothing else',
  field: 'token',
};

/** In the header in which any call has it: in no address and no body. */
async function signInWith(token: string): Promise<ServiceSession> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await answered(PATH, { method: 'POST', headers });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the service checks by the schema of this type
  return (await response.json()) as ServiceSession;
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    try {
      await send('DELETE', PATH);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) throw error;
    }
    client.setQueryData(KEY, null);
    client.removeQueries({ predicate: isOther });
  };
}

/** The service has said that there is no such session. */
export function signedOut(client: QueryClient, refusal: Refusal): void {
  if (client.getQueryData(KEY) === null) return;
  markEnded(client, refusal);
  client.setQueryData(KEY, null);
}

type End = 'over' | 'revoked';

function markEnded(client: QueryClient, { code }: Refusal): void {
  const end: End = code === 'TOKEN_REVOKED' ? 'revoked' : 'over';
  if (client.getQueryData(KEY)) client.setQueryData(ENDED, end);
}

/** How the session ended that was here; null where none was, or somebody signed out. */
export function useEnd(): End | null {
  return useQueryClient().getQueryData<End>(ENDED) ?? null;
}

/** Whether the one who is signed in may start and end runs. */
export function useMayRun(): boolean {
  const scope: Scope = useSession().session?.scope ?? 'read';
  return scope !== 'read';
}
