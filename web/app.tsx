/** @file Which page stands at which address. Each is loaded when it is first opened. */
import { lazy, Suspense } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { LiveProvider } from './api/live-context.tsx';
import { useSession } from './api/session.tsx';
import { Boundary } from './frame/boundary.tsx';
import { Frame } from './frame/frame.tsx';
import { Failure, Note, Waiting } from './frame/notes.tsx';
import { RunsPage } from './runs/runs-page.tsx';
import { SignIn } from './sign-in/sign-in.tsx';

const QueuePage = lazy(async () => ({
  default: (await import('./machine/queue-page.tsx')).QueuePage,
}));
const RunPage = lazy(async () => ({ default: (await import('./run/run-page.tsx')).RunPage }));
const StartPage = lazy(async () => ({
  default: (await import('./start/start-page.tsx')).StartPage,
}));
const TryPage = lazy(async () => ({ default: (await import('./try/try-page.tsx')).TryPage }));

export function App() {
  const { session, error } = useSession();
  const [address] = useLocation();
  if (session === undefined) return error ? <Failure error={error} /> : <Waiting />;
  if (session === null) return <SignIn />;
  return (
    <LiveProvider>
      <Frame session={session}>
        <Boundary key={address}>
          <Suspense fallback={<Waiting />}>
            <Switch>
              <Route path="/">
                <RunsPage />
              </Route>
              <Route path="/runs/:id">
                {({ id }) => (/^\d+$/.test(id) ? <RunPage key={id} id={Number(id)} /> : <NoPage />)}
              </Route>
              <Route path="/start">
                <StartPage />
              </Route>
              <Route path="/try">
                <TryPage />
              </Route>
              <Route path="/queue">
                <QueuePage />
              </Route>
              <Route>
                <NoPage />
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </Frame>
    </LiveProvider>
  );
}

function NoPage() {
  return (
    <Note title="There is no such page">
      <p>
        The address leads nowhere. <a href="/">All runs</a>
      </p>
    </Note>
  );
}
