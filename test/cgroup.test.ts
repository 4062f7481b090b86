/** @file The groups that other tests rely on: they limit, kill, count and go away. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryCgroup } from '#kernel';
import { type CgroupOptions, cgroupsUnavailable, createCgroup } from './cgroup.ts';

const MIB = 2 ** 20;
const unavailable = cgroupsUnavailable();

/** A program that fills so many MiB, says so, and waits until its input ends. */
const fill = (mib: number) => [
  '-e',
  `const kept = Array.from({ length: ${mib} }, () => Buffer.alloc(${MIB}, 1));
   process.stdout.write('filled ' + kept.length);
   process.stdin.resume();
   setTimeout(() => {}, 300); // long enough to be seen`,
];

function create(options: CgroupOptions) {
  const cgroup = createCgroup(options);
  onTestFinished(() => cgroup.remove());
  return cgroup;
}

describe.skipIf(unavailable !== null)(`createCgroup (${unavailable ?? 'available'})`, () => {
  it('runs a command inside, counts its memory and passes its streams and code on', async () => {
    const cgroup = create({ limit: 300 * MIB });
    const { code, signal, stdout, peak } = await cgroup.run('node', fill(120));
    expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: 'filled 120' });
    expect(peak.unreclaimable / MIB).toBeGreaterThan(120);
    expect(peak.unreclaimable / MIB).toBeLessThan(200);
    expect(peak.samples).toBeGreaterThan(5);
    expect(cgroup.counters().own).toMatchObject({ kills: 0 });
  });

  it('is there before the first instruction', async () => {
    const cgroup = create({ limit: 300 * MIB });
    const { stdout } = await cgroup.run('cat', ['/proc/self/cgroup']);
    expect(stdout).toContain(cgroup.group.path);
  });

  it('kills what does not fit, and the kernel counts it', async () => {
    const cgroup = create({ limit: 80 * MIB });
    const { code, signal, peak } = await cgroup.run('node', fill(300));
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
    expect(peak.unreclaimable / MIB).toBeGreaterThan(60);
    expect(peak.unreclaimable / MIB).toBeLessThan(81);
    const { own, subtree, peakCharged } = cgroup.counters();
    expect(own.kills ?? subtree.kills).toBe(1);
    expect(own.limitHits).toBeGreaterThan(0);
    expect(peakCharged).toBe(80 * MIB);
  });

  it.runIf(memoryCgroup().version === 1)(
    'version 1 refuses a limit below what cannot be taken back',
    async () => {
      const cgroup = create({ limit: 300 * MIB });
      const { child, ended } = cgroup.start('node', fill(120));
      await once(child.stdout!, 'data');
      cgroup.setLimit(250 * MIB);
      expect(() => cgroup.setLimit(60 * MIB)).toThrow('EBUSY');
      child.stdin?.end();
      expect(await ended).toMatchObject({ code: 0, signal: null });
    },
  );

  it.runIf(memoryCgroup().version === 2)(
    'version 2 kills for a limit below what cannot be taken back',
    async () => {
      const cgroup = create({ limit: 300 * MIB });
      const { child, ended } = cgroup.start('node', fill(120));
      await once(child.stdout!, 'data');
      cgroup.setLimit(60 * MIB);
      expect(await ended).toMatchObject({ signal: 'SIGKILL' });
    },
  );

  it('ends a command that takes too long', async () => {
    const cgroup = create({});
    const { signal, timedOut } = await cgroup.run('sleep', ['30'], { timeoutMs: 100 });
    expect({ signal, timedOut }).toEqual({ signal: 'SIGKILL', timedOut: true });
  });

  it('goes away with all that still runs in it or below, orphans included', async () => {
    const outer = create({});
    const inner = create({ within: outer.group });
    await inner.run('sh', ['-c', 'sleep 30 >/dev/null 2>&1 </dev/null &']);
    expect(inner.usage().unreclaimable).toBeGreaterThan(0);
    await outer.remove();
    expect(existsSync(outer.group.folder)).toBe(false);
  });
});
