/** @file Counters of both versions, in one shape. */
import { describe, expect, it } from 'vitest';
import { cgroupCounters } from './cgroup-counters.ts';
import { fakeMachine } from './fake-machine.test-support.ts';

const MIB = 2 ** 20;

describe('cgroupCounters', () => {
  it('version 2: the group alone, and with those below', () => {
    const folder = fakeMachine({
      'memory.stat': 'anon 1',
      'memory.current': 3 * MIB,
      'memory.peak': 5 * MIB,
      'memory.events': 'low 0\nhigh 7\nmax 40\noom 3\noom_kill 2\noom_group_kill 1',
      'memory.events.local': 'low 0\nhigh 6\nmax 30\noom 1\noom_kill 0\noom_group_kill 0',
      'memory.oom.group': 1,
      'memory.swap.current': 4096,
      'memory.swap.max': 'max',
    });
    expect(cgroupCounters({ version: 2, path: '/a', folder })).toEqual({
      own: { throttled: 6, limitHits: 30, ooms: 1, kills: 0, groupKills: 0 },
      subtree: { throttled: 7, limitHits: 40, ooms: 3, kills: 2, groupKills: 1 },
      charged: 3 * MIB,
      peakCharged: 5 * MIB,
      swap: { used: 4096, limit: null },
      waiting: null,
      killDisabled: null,
      killsWholeGroup: true,
    });
  });

  it('version 2 of an old kernel: what it does not count is null, not zero', () => {
    const folder = fakeMachine({ 'memory.stat': 'anon 1', 'memory.events': 'max 4\noom 1' });
    expect(cgroupCounters({ version: 2, path: '/a', folder })).toMatchObject({
      own: { limitHits: null, ooms: null, kills: null },
      subtree: { limitHits: 4, ooms: 1, kills: null },
      peakCharged: null,
      swap: null,
      killsWholeGroup: null,
    });
  });

  it('version 1', () => {
    const folder = fakeMachine({
      'memory.stat': 'rss 1\ntotal_swap 8192',
      'memory.usage_in_bytes': 3 * MIB,
      'memory.max_usage_in_bytes': 5 * MIB,
      'memory.limit_in_bytes': 8 * MIB,
      'memory.failcnt': 70,
      'memory.memsw.limit_in_bytes': 12 * MIB,
      'memory.memsw.failcnt': 3,
      'memory.oom_control': 'oom_kill_disable 1\nunder_oom 0\noom_kill 2',
    });
    expect(cgroupCounters({ version: 1, path: '/a', folder })).toEqual({
      own: { throttled: null, limitHits: 73, ooms: null, kills: 2, groupKills: null },
      subtree: { throttled: null, limitHits: null, ooms: null, kills: null, groupKills: null },
      charged: 3 * MIB,
      peakCharged: 5 * MIB,
      swap: { used: 8192, limit: 4 * MIB },
      waiting: false,
      killDisabled: true,
      killsWholeGroup: null,
    });
  });

  it('version 1 that does not count swap', () => {
    const folder = fakeMachine({ 'memory.stat': 'rss 1', 'memory.failcnt': 2 });
    expect(cgroupCounters({ version: 1, path: '/a', folder })).toMatchObject({
      own: { limitHits: 2, kills: null },
      swap: null,
    });
  });

  it('a group that is gone', () => {
    expect(cgroupCounters({ version: 2, path: '/a', folder: '/nonexistent' })).toBeNull();
  });
});
