/**
 * @file How much memory a cgroup uses, with all groups below it: what the kernel cannot take back
 * (anonymous, shared, kernel) and what it can (pages of files).
 *
 * memory.current and memory.usage_in_bytes do not tell these apart: a group that read a large file
 * is "full", and far from a kill.
 */
import type { MemoryGroup } from './memory-cgroup.ts';
import { keyed } from './read.ts';
import { repeatedFile } from './repeated-file.ts';

export interface CgroupUsage {
  /** private pages without a file, huge ones included */
  readonly anonymous: number;
  /** tmpfs and shared memory: in the page cache, but with no file to go back to */
  readonly shared: number;
  /** stacks, page tables, slab and what else the kernel allocates for these processes */
  readonly kernel: number;
  /** the three above; without swap the kernel can only kill to get them back */
  readonly unreclaimable: number;
  /** pages of files: dropped, or written back first, when memory is short */
  readonly file: number;
  /** the part of `file` that must be written back first */
  readonly dirty: number;
}

export interface UsageReader {
  /** null once the group is gone */
  usage(): CgroupUsage | null;
  close(): void;
}

/**
 * One call takes about 40 µs (2 files, Linux 6.18, Node 20, 2 cores of an AMD EPYC). The kernel adds up a group's
 * counters per CPU and may be behind by 64 pages a CPU; in version 1 `kernel` also holds slab that could be taken
 * back (caches of names and inodes), because that version does not tell it apart.
 */
export function cgroupUsage(group: MemoryGroup): CgroupUsage | null {
  const reader = usageReader(group);
  const usage = reader.usage();
  reader.close();
  return usage;
}

/** For those who ask ten times a second. */
export function usageReader({ version, folder }: MemoryGroup): UsageReader {
  const stat = repeatedFile(`${folder}/memory.stat`);
  const kernel = version === 1 ? repeatedFile(`${folder}/memory.kmem.usage_in_bytes`) : null;
  return {
    usage: () => {
      const text = stat.text();
      if (text === null) return null;
      return kernel ? usageV1(text, Number(kernel.text() ?? 0)) : usageV2(text);
    },
    close: () => {
      stat.close();
      kernel?.close();
    },
  };
}

/**
 * cgroup-v1/memory.rst, "stat file": total_* counts the groups below too; total_cache includes
 * total_shmem. Kernel memory is in a file of its own, absent with `cgroup.memory=nokmem`.
 */
export function usageV1(stat: string, kernel: number): CgroupUsage {
  const total = keyed(stat);
  const field = (name: string) => total(`total_${name}`) ?? 0;
  const shared = field('shmem');
  return split({
    anonymous: field('rss'),
    shared,
    kernel,
    file: field('cache') - shared,
    dirty: field('dirty') + field('writeback'),
  });
}

/**
 * cgroup-v2.rst, memory.stat: hierarchical as it is; `file` includes `shmem`; `kernel` (since Linux
 * 5.18) holds all kernel memory, reclaimable slab included, but not `sock`. Before, its parts.
 * `hugetlb` is there only where it counts against the limit.
 */
export function usageV2(stat: string): CgroupUsage {
  const field = keyed(stat);
  const sum = (...names: string[]) => names.reduce((total, name) => total + (field(name) ?? 0), 0);
  const all = field('kernel');
  const kernel =
    all === null
      ? sum('kernel_stack', 'pagetables', 'percpu', 'vmalloc', 'slab_unreclaimable')
      : all - sum('slab_reclaimable');
  return split({
    anonymous: sum('anon', 'hugetlb'),
    shared: sum('shmem'),
    kernel: Math.max(kernel, 0) + sum('sock'),
    file: sum('file') - sum('shmem'),
    dirty: sum('file_dirty', 'file_writeback'),
  });
}

function split(parts: Omit<CgroupUsage, 'unreclaimable'>): CgroupUsage {
  const { anonymous, shared, kernel } = parts;
  // Counters are read one after another while they change: a difference may fall below zero.
  return { ...parts, file: Math.max(parts.file, 0), unreclaimable: anonymous + shared + kernel };
}
