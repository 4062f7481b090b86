/** @file What was asked of the service and answered, kept for as long as it is shown; when it is asked again. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { Refusal } from './request.ts';
import { signedOut } from './session.tsx';

export function makeClient(): QueryClient {
  const onError = (error: Error): void => {
    if (error instanceof Refusal && error.status === 401) signedOut(client, error);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // What was refused is refused again; what did not answer may.
        retry: (count, error) =>
          count < 2 && !(error instanceof Refusal && error.status >= 400 && error.status < 500),
        retryDelay: (count) => 400 * 2 ** count,
        staleTime: 5000,
      },
    },
  });
  return client;
}
