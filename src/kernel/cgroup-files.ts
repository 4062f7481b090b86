/** @file /proc/PID/cgroup (cgroups(7)) and /proc/PID/mountinfo (proc(5)), parsed. */

export interface Membership {
  readonly version: 1 | 2;
  /** of version 1: `memory`, `cpu`, `name=systemd`; version 2 names none */
  readonly controllers: readonly string[];
  /** relative to the root of the reader's cgroup namespace, so it may begin with `/..` */
  readonly path: string;
}

export interface CgroupMount {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** the group that the mount point shows, relative to the same root as a membership's path */
  readonly root: string;
  readonly point: string;
}

/** Lines such as `4:memory:/docker/ab12` and `0::/user.slice`. */
export function parseMemberships(text: string): Membership[] {
  return lines(text).flatMap((line) => {
    const [, id, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    return {
      version: id === '0' && controllers === '' ? 2 : 1,
      controllers: controllers.split(','),
      path: path.replace(/ \(deleted\)$/, ''), // a group that was removed while the process ended
    };
  });
}

/**
 * Lines such as `35 31 0:32 /docker/ab12 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory`: the
 * fourth field is the root, the fifth the point; type, source and options stand behind ` - `.
 */
export function parseMounts(text: string): CgroupMount[] {
  return lines(text).flatMap((line) => {
    const [place = '', kind = ''] = line.split(' - ');
    const [, , , root, point] = place.split(' ');
    const [type, , options = ''] = kind.split(' ');
    if (root === undefined || point === undefined) return [];
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    return {
      version: type === 'cgroup2' ? 2 : 1,
      controllers: options.split(','),
      root: unescape(root),
      point: unescape(point),
    };
  });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The kernel writes blanks, newlines and backslashes of a path as `\040` and the like. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
