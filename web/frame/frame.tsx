/** @file What stands around every page: the mark, the ways to the pages, the connection, light or dark, who is here. */
import { type ReactNode, useState } from 'react';
import { Link, useRoute } from 'wouter';
import type { ServiceSession } from '#protocol';
import { useLiveState } from '../api/live-context.tsx';
import { useSignOut } from '../api/session.tsx';
import { applyTheme, type Theme, THEMES, useTheme } from '../look/theme.ts';
import './frame.css';
import { Mark } from './mark.tsx';

interface Props {
  readonly session: ServiceSession;
  readonly children: ReactNode;
}

export function Frame({ session, children }: Props) {
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="frame-top">
        <Link href="/" className="brand">
          <Mark />
          <span>Plimsoll</span>
        </Link>
        <nav aria-label="Pages">
          <Page href="/" name="Runs" />
          <Page href="/start" name="Start training" />
          <Page href="/try" name="Try it" />
          <Page href="/queue" name="Queue and machine" />
        </nav>
        <div className="frame-end">
          <Connection />
          <ThemeChoice />
          <SignedIn session={session} />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Page({ href, name }: { readonly href: string; readonly name: string }) {
  const [isHere] = useRoute(href);
  return (
    <Link href={href} aria-current={isHere ? 'page' : undefined}>
      {name}
    </Link>
  );
}

/** Said only where something is amiss, and that it is mended. */
function Connection() {
  const state = useLiveState();
  return (
    <span role="status" className={`connection ${state}`}>
      {state === 'live' ? 'Live' : state === 'broken' ? 'No connection: trying again' : ''}
    </span>
  );
}

const THEME_WORDS: Readonly<Record<Theme, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
};

function ThemeChoice() {
  const theme = useTheme();
  return (
    <select
      aria-label="Light or dark"
      value={theme}
      onChange={({ target }) =>
        applyTheme(THEMES.find((each) => each === target.value) ?? 'system')
      }
    >
      {THEMES.map((each) => (
        <option key={each} value={each}>
          {THEME_WORDS[each]}
        </option>
      ))}
    </select>
  );
}

function SignedIn({ session: { name, scope } }: { readonly session: ServiceSession }) {
  const signOut = useSignOut();
  const [failed, setFailed] = useState(false);
  return (
    <>
      <span className="who" title={`A token with scope ${scope}`}>
        {name} <span className="soft">{scope}</span>
      </span>
      <button
        type="button"
        className="small"
        onClick={() => void signOut().catch(() => setFailed(true))}
      >
        {failed ? 'Not signed out: try again' : 'Sign out'}
      </button>
    </>
  );
}
