/**
 * @file Groups of attempts that nobody watches any more: plimsoll was killed, and the warden that it had started
 * too. Found and told, never removed: what runs in one may be wanted, and what one counted may be looked at.
 *
 * Misses what belongs to supervisors in other PID namespaces, whose processes cannot be seen: a group of theirs
 * is taken for one that was left, where that group can be seen at all.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { memoryCgroup, type MemoryCgroup, readText } from '#kernel';
import { processesIn } from './place.ts';

export interface LeftGroup {
  readonly path: string;
  readonly folder: string;
  /** that still run in it and below */
  readonly processes: readonly number[];
}

/** Where attempts started from here would have theirs. Some 10 µs a process of the machine, if there is any. */
export function leftGroups({ groups }: Pick<MemoryCgroup, 'groups'> = memoryCgroup()): LeftGroup[] {
  const found = groups.flatMap(({ folder, path }) =>
    namesIn(folder).map((name) => ({ path: join(path, name), folder: join(folder, name) })),
  );
  if (found.length === 0) return [];
  const watched = new Set(commandLines().flatMap(wardenOf));
  return found
    .filter(({ folder }) => isSettled(folder) && !watched.has(folder))
    .map((group) => ({ ...group, processes: processesIn(group) }))
    .filter(({ processes }) => !processes.some((pid) => isSupervised(pid)));
}

/** As place.ts names them, with an id of ids.ts. */
const OURS = /^plimsoll-\d{8}-\d{6}-[0-9a-f]+/;

/** Between a group and its warden a supervisor starts the command. */
const SETTLED_MS = 2000;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => OURS.test(name));
  } catch {
    return []; // not ours to read
  }
}

function isSettled(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.ctimeMs > SETTLED_MS;
}

function commandLines(): string[][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => wordsOf(pid));
}

/** A warden's last words are the group's folder and a process id; its own name comes before. */
function wardenOf(words: readonly string[]): string[] {
  const at = words.indexOf('plimsoll-warden');
  const folder = at < 0 ? undefined : words[at + 1];
  return folder === undefined ? [] : [folder];
}

/** `plimsoll run`, and the service. */
const SUPERVISORS: ReadonlySet<string> = new Set(['main.cjs', 'main.js']);

/** Its warden was killed alone: then the supervisor is the parent of the command. */
function isSupervised(pid: number): boolean {
  const parent = /^PPid:\s+(\d+)/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return parent !== undefined && wordsOf(parent).some((word) => SUPERVISORS.has(basename(word)));
}

function wordsOf(pid: string): string[] {
  return (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
}
