/** @file Light or dark: as the system has it, or as was chosen here. */
import { useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'plimsoll-theme';
const listeners = new Set<() => void>();
const system = matchMedia('(prefers-color-scheme: dark)');
system.addEventListener('change', () => tell());

export function savedTheme(): Theme {
  try {
    const saved = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === saved) ?? 'system';
  } catch {
    return 'system'; // a browser that keeps nothing
  }
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It holds until the page is closed.
  }
  tell();
}

export function useTheme(): Theme {
  return useSyncExternalStore(listen, current);
}

/** Changes with whatever is shown: what is drawn by script is drawn anew then. */
export function useIsDark(): boolean {
  return useSyncExternalStore(listen, () =>
    current() === 'system' ? system.matches : current() === 'dark',
  );
}

function current(): Theme {
  const { theme } = document.documentElement.dataset;
  return THEMES.find((each) => each === theme) ?? 'system';
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
