/** @file What speaks for or against a scope of systemd on this machine: the facts of scope.ts, looked up. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hardLimit } from '#kernel';
import type { Place } from './place.ts';
import { decideScope, type ScopeDecision } from './scope.ts';

export function scopeHere({ cgroup }: Place, env: NodeJS.ProcessEnv = process.env): ScopeDecision {
  const bus = env['XDG_RUNTIME_DIR'];
  return decideScope({
    systemd: systemdRuns(),
    systemdRun: (env['PATH'] ?? '').split(delimiter).some((folder) => runs(join(folder, PROGRAM))),
    cgroupVersion: cgroup.version,
    root: process.getuid?.() === 0,
    userBus: bus !== undefined && existsSync(join(bus, 'systemd/private')),
    limited: cgroup.groups.some((group) => hardLimit(group) !== null),
  });
}

const PROGRAM = 'systemd-run';

/** As sd_booted(3) looks. */
export function systemdRuns(): boolean {
  return existsSync('/run/systemd/system');
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}
