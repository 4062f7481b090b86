/**
 * @file A machine in a temporary folder: /proc and /sys as files, for what this kernel cannot show.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Path -> text. An object below a folder's name holds that folder's files. */
export interface Files {
  readonly [path: string]: string | number | Files;
}

/** The root to give to a reader; gone after the test. */
export function fakeMachine(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-machine-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  write(root, files);
  return root;
}

function write(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (typeof content === 'object') write(path, content);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${content}\n`);
    }
  }
}

/** The process in all fake machines. */
export const PID = 7;

const GIB = 1024 ** 3;
const UNLIMITED_V1 = '9223372036854771712';

const process = (cgroup: string, mountinfo: string, limits = RLIMITS_NONE): Files => ({
  [`proc/${PID}`]: { cgroup, limits, status: STATUS },
  'proc/self/mountinfo': mountinfo,
  'proc/meminfo': `MemTotal: ${(8 * GIB) / 1024} kB\nMemFree: 1024 kB\nMemAvailable: ${(6 * GIB) / 1024} kB`,
});

const RLIMITS_NONE = `Limit                     Soft Limit           Hard Limit           Units
Max data size             unlimited            unlimited            bytes
Max address space         unlimited            unlimited            bytes`;

/** 100 MiB anonymous, 20 MiB shared, 60 MiB of files, 1 MiB of page tables; 1 GiB mapped. */
const STATUS = `Name:	node
VmSize:	 1048576 kB
VmHWM:	  204800 kB
VmRSS:	  184320 kB
RssAnon:	  102400 kB
RssFile:	   61440 kB
RssShmem:	   20480 kB
VmData:	  307200 kB
VmPTE:	    1024 kB
VmSwap:	       0 kB`;

const v2 = (limits: { max?: string | number; high?: string | number } = {}, anon = 0): Files => ({
  'cgroup.procs': '',
  'cgroup.type': 'domain',
  'memory.stat': `anon ${anon}\nfile 1000\nkernel 0\nshmem 0`,
  'memory.current': anon,
  'memory.max': limits.max ?? 'max',
  'memory.high': limits.high ?? 'max',
});
const V2_ROOT: Files = { 'cgroup.procs': '', 'memory.stat': 'anon 0\nfile 0' };

const v1 = (
  limit: string | number = UNLIMITED_V1,
  anon = 0,
  hierarchical: string | number = limit,
): Files => ({
  'cgroup.procs': '',
  'memory.use_hierarchy': 1,
  'memory.limit_in_bytes': limit,
  'memory.kmem.usage_in_bytes': 0,
  'memory.stat': `cache 0\nrss 0\nhierarchical_memory_limit ${hierarchical}\ntotal_cache 0\ntotal_rss ${anon}`,
});

/** systemd on version 2: a service below two slices, the outer with the smaller limit. */
export const SYSTEMD: Files = {
  ...process(
    '0::/train.slice/train-night.slice/run.service',
    '26 22 0:24 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate',
  ),
  'sys/fs/cgroup': {
    ...V2_ROOT,
    'cgroup.controllers': 'cpu memory pids',
    'train.slice': {
      ...v2({ max: GIB }, 800 * 2 ** 20),
      'train-night.slice': {
        ...v2({ max: 2 * GIB, high: 512 * 2 ** 20 }, 300 * 2 ** 20),
        'run.service': v2({}, 200 * 2 ** 20),
      },
    },
  },
};

/** A container with a cgroup namespace of its own, version 2. */
export const CONTAINER_V2: Files = {
  ...process(
    '0::/',
    '701 690 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw',
  ),
  'sys/fs/cgroup': v2({ max: 512 * 2 ** 20 }, 400 * 2 ** 20),
};

const DOCKER_ID = 'ab12cd34ef56'.padEnd(64, '0');

/** Docker on version 1, without a namespace: the mount begins at the container's own group. */
export const DOCKER_V1: Files = {
  ...process(
    `9:pids:/docker/${DOCKER_ID}\n4:memory:/docker/${DOCKER_ID}\n0::/system.slice/containerd.service`,
    `681 680 0:22 /docker/${DOCKER_ID} /sys/fs/cgroup/memory ro,nosuid master:16 - cgroup cgroup rw,memory`,
  ),
  'sys/fs/cgroup/memory': v1(GIB, 100 * 2 ** 20, 256 * 2 ** 20),
};

/** Version 1 alone, memory mounted together with cpu, a point with a blank in its name. */
export const V1_ONLY: Files = {
  ...process(
    '5:cpu,memory:/jobs/one\n1:name=systemd:/init.scope',
    '35 31 0:32 / /mnt/c\\040groups rw - cgroup cgroup rw,cpu,memory',
  ),
  'mnt/c groups': {
    ...v1(),
    'cgroup.sane_behavior': 0,
    jobs: { ...v1(768 * 2 ** 20), one: v1(512 * 2 ** 20, 64 * 2 ** 20) },
  },
};

/** Version 1 has the memory controller, version 2 is mounted beside it without. */
export const HYBRID: Files = {
  ...process(
    '4:memory:/api/run\n3:cpuset:/\n0::/',
    `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`,
  ),
  'sys/fs/cgroup': {
    memory: { ...v1(), 'cgroup.sane_behavior': 0, api: { ...v1(), run: v1() } },
    unified: { 'cgroup.procs': PID, 'cgroup.controllers': 'hugetlb' },
  },
};

/** Version 2 everywhere, its memory controller switched off (`cgroup_disable=memory`). */
export const NO_CONTROLLER: Files = {
  ...process('0::/app', '26 22 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw'),
  'sys/fs/cgroup': { 'cgroup.procs': '', app: { 'cgroup.procs': PID, 'cgroup.type': 'domain' } },
};

/** A namespace made after the mount: paths are told from the group where it was made. */
export const NAMESPACE_AFTER_MOUNT: Files = {
  ...process(
    '4:memory:/inner',
    '35 31 0:32 /../.. /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  ),
  'sys/fs/cgroup/memory': {
    ...v1(),
    'cgroup.sane_behavior': 0,
    api: {
      ...v1(),
      other: { ...v1(), inner: { ...v1(), 'cgroup.procs': 70 } },
      run: { ...v1(GIB), inner: { ...v1(512 * 2 ** 20), 'cgroup.procs': `6\n${PID}` } },
    },
  },
};

/** `ulimit -v` and `ulimit -d` on a machine without cgroups. */
export const ULIMITS: Files = process(
  '',
  '22 1 0:5 / /proc rw - proc proc rw',
  RLIMITS_NONE.replace(/(data size +)unlimited/, '$1734003200').replace(
    /(space +)unlimited/,
    '$12147483648',
  ),
);
