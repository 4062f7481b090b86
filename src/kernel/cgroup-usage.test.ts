/** @file memory.stat of both versions, split into what can and what cannot be taken back. */
import { describe, expect, it } from 'vitest';
import { cgroupUsage, usageV1, usageV2 } from './cgroup-usage.ts';

/** Recorded on Linux 6.18: a group whose own figures differ from those with its children's. */
const V1 = `cache 10842112
rss 4665344
rss_huge 0
shmem 9166848
mapped_file 7098368
dirty 40960
writeback 0
swap 0
pgpgin 20338
hierarchical_memory_limit 9223372036854771712
total_cache 1851846656
total_rss 9613312
total_rss_huge 0
total_shmem 9166848
total_mapped_file 10575872
total_dirty 241664
total_writeback 4096
total_swap 0
total_unevictable 12300288
`;

/** In the shape of Linux 6.1, where `kernel` holds all kernel memory, reclaimable slab included. */
const V2 = `anon 104857600
file 52428800
kernel 9437184
kernel_stack 131072
pagetables 1048576
sec_pagetables 0
percpu 65536
sock 4096
vmalloc 16384
shmem 20971520
zswap 0
file_mapped 4194304
file_dirty 8192
file_writeback 4096
swapcached 0
inactive_anon 0
slab_reclaimable 6291456
slab_unreclaimable 1048576
slab 7340032
`;

describe('usageV1', () => {
  it('counts the groups below, and shared memory once', () => {
    expect(usageV1(V1, 140_705_792)).toEqual({
      anonymous: 9_613_312,
      shared: 9_166_848,
      kernel: 140_705_792,
      unreclaimable: 9_613_312 + 9_166_848 + 140_705_792,
      file: 1_851_846_656 - 9_166_848,
      dirty: 241_664 + 4096,
    });
  });
});

describe('usageV2', () => {
  it('leaves out slab that can be taken back, and shared memory from the files', () => {
    expect(usageV2(V2)).toEqual({
      anonymous: 104_857_600,
      shared: 20_971_520,
      kernel: 9_437_184 - 6_291_456 + 4096,
      unreclaimable: 104_857_600 + 20_971_520 + 3_145_728 + 4096,
      file: 52_428_800 - 20_971_520,
      dirty: 8192 + 4096,
    });
  });

  it('adds up the parts of kernel memory before Linux 5.18', () => {
    const old = V2.replace(/^kernel \d+\n/m, '');
    expect(usageV2(old).kernel).toBe(131_072 + 1_048_576 + 65_536 + 16_384 + 1_048_576 + 4096);
  });

  it('counts huge pages where they are charged', () => {
    expect(usageV2(`${V2}hugetlb 2097152\n`).anonymous).toBe(104_857_600 + 2_097_152);
  });

  it('never falls below zero, whatever changed between two lines', () => {
    expect(usageV2('anon 1\nfile 5\nshmem 9\nkernel 3\nslab_reclaimable 4\n')).toMatchObject({
      file: 0,
      kernel: 0,
    });
  });
});

it('a group that is gone has no usage', () => {
  expect(cgroupUsage({ version: 1, path: '/gone', folder: '/nonexistent/gone' })).toBeNull();
});
