/**
 * @file The fault suite on cgroup v2: v2.sh in a virtual machine, in software emulation, whose kernel has the
 * memory controller there. PLIMSOLL_SHARED names the folder that holds engines/cgroupv2-vm.sh; shared beside
 * the repository by default.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const VM = join(resolve(process.env['PLIMSOLL_SHARED'] ?? '../shared'), 'engines/cgroupv2-vm.sh');
const PROGRAMS = ['qemu-system-x86_64', 'cpio', 'busybox', 'gcc'];
const LONG = 1_800_000;

const reason = unavailable();
if (reason !== null) console.warn(`skipped: the fault suite on cgroup v2: ${reason}`);

it.skipIf(reason !== null)(
  'every end gets its verdict there',
  () => {
    const script = join(import.meta.dirname, 'v2.sh');
    const { status, stdout, stderr } = spawnSync('sh', [script, VM], { encoding: 'utf8' });
    const failed = stdout.split('\n').filter((line) => line.startsWith('FAIL'));
    expect(failed, stdout).toEqual([]);
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout.match(/^ok /gm)?.length).toBeGreaterThan(35);
  },
  LONG,
);

/** Why not here; null where it can be run. */
function unavailable(): string | null {
  if (!existsSync(VM)) return `there is no ${VM}`;
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0) return `${missing.join(', ')}: not here`;
  const { status, stderr } = spawnSync(VM, ['build'], { encoding: 'utf8' });
  return status === 0 ? null : `its machine cannot be made: ${stderr.trim().split('\n').at(-1)}`;
}
