/** @file The page's one stream of events, for all that stands below it; it lives as long as somebody is signed in. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { type LiveEvents, liveEvents, type LiveListener, type LiveState } from './live.ts';
import { signedOut } from './session.tsx';

const Live = createContext<LiveEvents | null>(null);

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const [events, setEvents] = useState<LiveEvents | null>(null);
  useEffect(() => {
    const made = liveEvents((refusal) => signedOut(client, refusal));
    setEvents(made);
    return () => made.close();
  }, [client]);
  return <Live value={events}>{children}</Live>;
}

/** @param listener the same from one drawing to the next (useMemo), or it is told anew each time */
export function useLive(listener: LiveListener): void {
  const events = useContext(Live);
  useEffect(() => events?.listen(listener), [events, listener]);
}

export function useLiveState(): LiveState {
  const events = useContext(Live);
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => events?.listen({ onState: setState }), [events]);
  return state;
}
