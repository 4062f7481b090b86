/** @file The group of a process is found in each way in which machines and containers show it. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CONTAINER_V2,
  DOCKER_V1,
  fakeMachine,
  type Files,
  HYBRID,
  NAMESPACE_AFTER_MOUNT,
  NO_CONTROLLER,
  PID,
  SYSTEMD,
  V1_ONLY,
} from './fake-machine.test-support.ts';
import { memoryCgroup } from './memory-cgroup.ts';

/** Version, each group's path and folder below the root, and what is said to be hidden. */
function seen(files: Files) {
  const root = fakeMachine(files);
  const { version, groups, hidden } = memoryCgroup(PID, root);
  return {
    version,
    groups: groups.map(({ path, folder }) => `${path} at ${folder.slice(root.length)}`),
    hidden,
  };
}

describe('memoryCgroup', () => {
  it('systemd, version 2: service, slices, root', () => {
    expect(seen(SYSTEMD)).toMatchInlineSnapshot(`
      {
        "groups": [
          "/train.slice/train-night.slice/run.service at /sys/fs/cgroup/train.slice/train-night.slice/run.service",
          "/train.slice/train-night.slice at /sys/fs/cgroup/train.slice/train-night.slice",
          "/train.slice at /sys/fs/cgroup/train.slice",
          "/ at /sys/fs/cgroup",
        ],
        "hidden": null,
        "version": 2,
      }
    `);
  });
  it('a container with its own namespace, version 2', () => {
    expect(seen(CONTAINER_V2)).toMatchInlineSnapshot(`
      {
        "groups": [
          "/ at /sys/fs/cgroup",
        ],
        "hidden": "a cgroup namespace hides the groups around this one",
        "version": 2,
      }
    `);
  });
  it('docker on version 1, whose mount begins at the container', () => {
    expect(seen(DOCKER_V1)).toMatchInlineSnapshot(`
      {
        "groups": [
          "/docker/ab12cd34ef560000000000000000000000000000000000000000000000000000 at /sys/fs/cgroup/memory",
        ],
        "hidden": "the mount shows only /docker/ab12cd34ef560000000000000000000000000000000000000000000000000000 and what is below it",
        "version": 1,
      }
    `);
  });
  it('version 1 alone, mounted together with another controller', () => {
    expect(seen(V1_ONLY)).toMatchInlineSnapshot(`
      {
        "groups": [
          "/jobs/one at /mnt/c groups/jobs/one",
          "/jobs at /mnt/c groups/jobs",
          "/ at /mnt/c groups",
        ],
        "hidden": null,
        "version": 1,
      }
    `);
  });
  it('version 1 beside a version 2 that lacks the controller', () => {
    expect(seen(HYBRID)).toMatchInlineSnapshot(`
      {
        "groups": [
          "/api/run at /sys/fs/cgroup/memory/api/run",
          "/api at /sys/fs/cgroup/memory/api",
          "/ at /sys/fs/cgroup/memory",
        ],
        "hidden": null,
        "version": 1,
      }
    `);
  });
  it('version 2 without the controller', () => {
    expect(seen(NO_CONTROLLER)).toMatchInlineSnapshot(`
      {
        "groups": [],
        "hidden": "no cgroup hierarchy here has the memory controller",
        "version": null,
      }
    `);
  });
  it('a namespace made after the mount: the names are searched by the process', () => {
    expect(seen(NAMESPACE_AFTER_MOUNT)).toMatchInlineSnapshot(`
      {
        "groups": [
          "/api/run/inner at /sys/fs/cgroup/memory/api/run/inner",
          "/api/run at /sys/fs/cgroup/memory/api/run",
          "/api at /sys/fs/cgroup/memory/api",
          "/ at /sys/fs/cgroup/memory",
        ],
        "hidden": null,
        "version": 1,
      }
    `);
  });

  it('a group without the controller counts in the one around it', () => {
    const root = fakeMachine(SYSTEMD);
    const service = 'sys/fs/cgroup/train.slice/train-night.slice/run.service';
    rmSync(join(root, service, 'memory.stat'));
    const paths = memoryCgroup(PID, root).groups.map(({ path }) => path);
    expect(paths).toEqual(['/train.slice/train-night.slice', '/train.slice', '/']);
  });

  it('limits of version 1 end where an old kernel kept groups apart (use_hierarchy 0)', () => {
    const { groups } = seen({ ...V1_ONLY, 'mnt/c groups/jobs/memory.use_hierarchy': 0 });
    expect(groups).toEqual(['/jobs/one at /mnt/c groups/jobs/one']);
  });

  it('of two mounts, the one that shows more', () => {
    const own = '36 31 0:32 /jobs/one /own rw - cgroup cgroup rw,memory';
    const all = '35 31 0:32 / /all rw - cgroup cgroup rw,memory';
    const files = { 'cgroup.procs': '', 'memory.use_hierarchy': 1 };
    const { groups } = seen({
      [`proc/${PID}/cgroup`]: '5:memory:/jobs/one',
      'proc/self/mountinfo': `${own}\n${all}`,
      own: files,
      all: { ...files, jobs: { ...files, one: files } },
    });
    expect(groups.map((group) => group.split(' at ')[1])).toEqual([
      '/all/jobs/one',
      '/all/jobs',
      '/all',
    ]);
  });

  it.each([
    ['no such process', {}, '/proc/7/cgroup tells of no memory controller'],
    [
      'not mounted',
      { [`proc/${PID}/cgroup`]: '4:memory:/a' },
      'group /a of cgroup v1 cannot be seen: it is not mounted',
    ],
    [
      'mounted elsewhere',
      {
        [`proc/${PID}/cgroup`]: '4:memory:/a',
        'proc/self/mountinfo': '35 31 0:32 /b /m rw - cgroup cgroup rw,memory',
        'm/cgroup.procs': '',
      },
      'group /a of cgroup v1 cannot be seen: its mount shows other groups only',
    ],
  ])('%s: no groups, and why', (_, files, hidden) => {
    expect(seen(files)).toMatchObject({ groups: [], hidden });
  });

  it.runIf(process.platform === 'linux')('this very process: its folder lists it', () => {
    const [own] = memoryCgroup().groups;
    if (!own) return; // a machine without memory cgroups says so in `hidden`
    const processes = readFileSync(join(own.folder, 'cgroup.procs'), 'utf8').split('\n');
    expect(processes).toContain(String(process.pid));
  });
});
