/**
 * @file Into a scope of systemd and back out of its way: the few steps around scope.ts that change something.
 * Not tried with a systemd that runs; the tests have a stand-in for systemd-run.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryCgroup } from '#kernel';
import { clearPlace, makePlace } from './place.ts';
import { scopeHere, systemdRuns } from './scope-here.ts';
import { scopeCommand, systemdVersion } from './scope.ts';

/** Set for the plimsoll that runs in a scope, and taken away by it: its command may start others. */
export const SCOPE_VARIABLE = 'PLIMSOLL_SCOPE';

/**
 * What to put before our own command line, so that it runs in a scope of that name, where groups can be made.
 * Null where they can be made here, or systemd does not give one: it was asked, by a scope for `true`.
 */
export async function scopeToEnter(name: string): Promise<readonly string[] | null> {
  if (process.env[SCOPE_VARIABLE] !== undefined) {
    delete process.env[SCOPE_VARIABLE];
    stepAside();
    return null;
  }
  if (!systemdRuns()) return null; // what all other machines pay: one look
  const place = makePlace(`${name}-probe`, null);
  await clearPlace(place, PROBE_MS);
  const decision = scopeHere(place);
  if (place.own !== null || decision.manager === null) return null;
  const version = systemdVersion(answerOf(['systemd-run', '--version']) ?? '');
  if (version === null) return null;
  const probe = scopeCommand(`${name}-probe`, decision.manager, version);
  if (answerOf([...probe, 'true']) === null) return null;
  return scopeCommand(name, decision.manager, version);
}

/** A group with processes of its own can have none below it that are limited (version 2): we go one down. */
function stepAside(): void {
  const [own] = memoryCgroup().groups;
  if (!own) return;
  try {
    const folder = join(own.folder, 'plimsoll-supervisor');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cgroup.procs'), String(process.pid));
  } catch {
    // Then no group can be made here either, and the note about that says why.
  }
}

const PROBE_MS = 3000;

/** Null where it failed. */
function answerOf([program = '', ...words]: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, words, { encoding: 'utf8', timeout: PROBE_MS });
  return status === 0 ? stdout : null;
}
