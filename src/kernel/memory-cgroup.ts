/**
 * @file Which memory cgroup a process is in, and the groups around it, as far as they can be seen.
 *
 * Each group's limit holds for all groups below it, so the whole way up matters (cgroup-v2.rst,
 * "Memory"; cgroup-v1/memory.rst, "Hierarchy support"). A container often sees only a part of that
 * way: it has a cgroup namespace (cgroup_namespaces(7)), or its mount begins at its own group.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupMount, parseMemberships, parseMounts } from './cgroup-files.ts';
import { findProcess, placeUnder } from './cgroup-place.ts';
import { readText } from './read.ts';

export interface MemoryGroup {
  readonly version: 1 | 2;
  /** as the kernel names it; `/` is the outermost group that this process may know of */
  readonly path: string;
  /** the folder of its files */
  readonly folder: string;
}

export interface MemoryCgroup {
  /** of the hierarchy that has the memory controller; null where none has */
  readonly version: 1 | 2 | null;
  /** the process's own group first, then those around it, outwards */
  readonly groups: readonly MemoryGroup[];
  /** why groups further out, or all, cannot be seen; null where the last is the hierarchy's root */
  readonly hidden: string | null;
}

/** The machine that a reader reads: `/`, or in tests a folder with proc/ and sys/ in it. */
export const MACHINE = '/';

/**
 * Reads /proc/PID/cgroup (cgroups(7)) and this process's own mountinfo (proc(5)): another process may
 * see other mounts, but it is we who open the files. Never throws.
 */
export function memoryCgroup(pid: number = process.pid, root: string = MACHINE): MemoryCgroup {
  const memberships = parseMemberships(readText(join(root, `proc/${pid}/cgroup`)) ?? '');
  // Each controller belongs to one hierarchy: where version 1 has it, version 2 does not.
  const membership =
    memberships.find(({ version, controllers }) => version === 1 && hasMemory(controllers)) ??
    memberships.find(({ version }) => version === 2);
  if (!membership) return unseen(null, `/proc/${pid}/cgroup tells of no memory controller`);
  const { version, path } = membership;

  const mounts = parseMounts(readText(join(root, 'proc/self/mountinfo')) ?? '').filter(
    (mount) => mount.version === version && (version === 2 || hasMemory(mount.controllers)),
  );
  // Several mounts of one hierarchy: the one that shows the most groups.
  const chain = mounts
    .map((mount) => chainUnder(mount, path, pid, root))
    .reduce(
      (most, next) => ((next?.groups.length ?? 0) > (most?.groups.length ?? 0) ? next : most),
      null,
    );
  if (!chain) {
    const where = mounts.length === 0 ? 'it is not mounted' : 'its mount shows other groups only';
    return unseen(version, `group ${path} of cgroup v${version} cannot be seen: ${where}`);
  }
  if (version === 1) return { version, ...chain };

  // A group without the controller hands its memory to the next one out that has it; the root has
  // memory.stat wherever this hierarchy has the controller at all.
  const first = chain.groups.findIndex(({ folder }) => existsSync(join(folder, 'memory.stat')));
  if (first < 0) return unseen(null, 'no cgroup hierarchy here has the memory controller');
  return { version, groups: chain.groups.slice(first), hidden: chain.hidden };
}

function hasMemory(controllers: readonly string[]): boolean {
  return controllers.includes('memory');
}

type Chain = Pick<MemoryCgroup, 'groups' | 'hidden'>;

function unseen(version: 1 | 2 | null, hidden: string): MemoryCgroup {
  return { version, groups: [], hidden };
}

/** The groups that one mount shows, from `path` outwards; null where it does not show `path`. */
function chainUnder(mount: CgroupMount, path: string, pid: number, root: string): Chain | null {
  const top = join(root, mount.point);
  const place = placeUnder(mount.root, path);
  if (!place) return null;
  const names = place.unknown > 0 ? findProcess(top, place, pid) : place.names;
  if (!names || !existsSync(join(top, ...names, 'cgroup.procs'))) return null;
  const { version } = mount;

  const groups: MemoryGroup[] = [];
  for (let depth = names.length; depth >= 0; depth--) {
    const folder = join(top, ...names.slice(0, depth));
    // Where names had to be searched, the kernel does not tell the way to the mount: `/..` and so on.
    const outer = place.unknown > 0 ? '/' : mount.root;
    groups.push({ version, path: join(outer, ...names.slice(0, depth)), folder });
    // Before Linux 5.11 a group of version 1 could keep its limit from the groups below it.
    if (readText(join(folder, '../memory.use_hierarchy'))?.trim() === '0') break;
  }
  return { groups, hidden: hiddenAbove(mount, top) };
}

/** Only the root of a v1 hierarchy has cgroup.sane_behavior, and only that of v2 has no cgroup.type. */
function hiddenAbove({ version, root }: CgroupMount, top: string): string | null {
  const isRoot =
    version === 1
      ? existsSync(join(top, 'cgroup.sane_behavior'))
      : !existsSync(join(top, 'cgroup.type'));
  if (isRoot) return null;
  return root === '/'
    ? 'a cgroup namespace hides the groups around this one'
    : `the mount shows only ${root} and what is below it`;
}
