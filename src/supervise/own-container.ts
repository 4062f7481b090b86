/**
 * @file The container that this process is in, told from inside: a control group there has the path `/`, and
 * who made it is left to such signs.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MACHINE, readText } from '#kernel';
import type { LimitOrigin } from '#protocol';

/** Null where nothing tells of one. What does may be missing or made up: good for advice, not for proof. */
export function ownContainer(root: string = MACHINE): LimitOrigin | null {
  if (existsSync(join(root, 'var/run/secrets/kubernetes.io'))) {
    return { kind: 'kubernetes', level: 'container', quality: null, pod: null };
  }
  // Engines bind a file of theirs to /etc/hostname: .../containers/ID/hostname, by podman with /userdata.
  const mounts = readText(join(root, 'proc/self/mountinfo')) ?? '';
  const id = /containers\/([0-9a-f]{64})\/\S*hostname /.exec(mounts)?.[1] ?? null;
  if (existsSync(join(root, '.dockerenv'))) return { kind: 'container', engine: 'docker', id };
  if (existsSync(join(root, 'run/.containerenv'))) {
    return { kind: 'container', engine: 'podman', id };
  }
  return null;
}
