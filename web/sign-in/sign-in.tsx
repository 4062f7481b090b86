/** @file Signing in with a token. It stands in place of the page, whose address stays. */
import { type FormEvent, useState } from 'react';
import { useEnd, useSignIn } from '../api/session.tsx';
import { Problem } from '../frame/notes.tsx';
import { Mark } from '../frame/mark.tsx';
import './sign-in.css';

const END_WORDS = {
  over: 'The session has ended: its time was over, or somebody has signed out.',
  revoked: 'The session has ended: the token that it was begun with was revoked.',
};

export function SignIn() {
  const signIn = useSignIn();
  const end = useEnd();
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    setBusy(true);
    setError(null);
    void signIn(typeof token === 'string' ? token.trim() : '')
      .catch((failure: unknown) => setError(failure instanceof Error ? failure : null))
      .finally(() => setBusy(false));
  };
  return (
    <main className="sign-in">
      <form className="panel" onSubmit={submit}>
        <Mark size={54} />
        <h1>Plimsoll</h1>
        <p className="soft">Watch the water rise against the line.</p>
        {end && (
          <p role="status" className="ended">
            {END_WORDS[end]} Sign in, and you are where you were.
          </p>
        )}
        <label htmlFor="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          autoFocus
          aria-describedby="token-help"
        />
        {error && <Problem error={error} />}
        <button type="submit" className="first" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        <p id="token-help" className="soft">
          The service prints one at its first start. Another:{' '}
          <code>plimsoll token create --name me --scope run</code>. It is exchanged for a session
          and kept nowhere.
        </p>
      </form>
    </main>
  );
}
