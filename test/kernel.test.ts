/** @file What kernel/ says of real processes in real groups, against what is known of them. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  availableBytes,
  bindingLimit,
  type BindingLimit,
  type Limit,
  machineMemory,
  memoryCgroup,
  type MemoryCgroup,
  type MemoryGroup,
  type ProcessMemory,
  processStatus,
} from '#kernel';
import { type CgroupOptions, cgroupsUnavailable, createCgroup } from './cgroup.ts';

const MIB = 2 ** 20;
const unavailable = cgroupsUnavailable();

function create(options: CgroupOptions) {
  const cgroup = createCgroup(options);
  onTestFinished(() => cgroup.remove());
  return cgroup;
}

describe.skipIf(unavailable !== null)(`limits (${unavailable ?? 'with real groups'})`, () => {
  it('the limit of a process is its own, or that of a group around it', async () => {
    const outer = create({ limit: 200 * MIB });
    const inner = create({ limit: 300 * MIB, within: outer.group });
    const { child } = inner.start('sleep', ['30']);
    await once(child, 'spawn');
    const whenIn = () => bindingLimit({ pid: child.pid! });
    await expect.poll(() => whenIn().bytes).toBe(200 * MIB);
    expect(whenIn()).toMatchObject({ kind: 'cgroup', group: { folder: outer.group.folder } });
    outer.setLimit(400 * MIB);
    expect(whenIn()).toMatchObject({
      bytes: 300 * MIB,
      group: { folder: inner.group.folder },
      candidates: [{ bytes: 300 * MIB }, { bytes: 400 * MIB }, { kind: 'machine' }],
    });
  });

  it('the room shrinks by what a neighbour in the group fills', async () => {
    const cgroup = create({ limit: 400 * MIB });
    const { child: first } = cgroup.start('sleep', ['30']);
    const room = () => availableBytes({ pid: first.pid! });
    await expect.poll(() => room().limit.group?.folder).toBe(cgroup.group.folder);
    const before = room().bytes;
    const program = `const kept = Buffer.alloc(${150 * MIB}, 1);
      process.stdout.write('filled ' + kept.length); process.stdin.resume();`;
    const { child: neighbour } = cgroup.start('node', ['-e', program]);
    await once(neighbour.stdout!, 'data');
    expect((before - room().bytes) / MIB).toBeGreaterThan(150);
    expect((before - room().bytes) / MIB).toBeLessThan(220);
  });

  it.skipIf(isTmpfs(tmpdir()))('pages of files take no room', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-pages-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const cgroup = create({ limit: 100 * MIB });
    await cgroup.run('dd', ['if=/dev/zero', `of=${join(folder, 'file')}`, 'bs=1M', 'count=60']);
    const { file, shared, unreclaimable } = cgroup.usage();
    expect(file / MIB).toBeGreaterThan(55);
    expect(shared).toBe(0);
    expect(unreclaimable / MIB).toBeLessThan(20);
    expect(cgroup.counters().charged! / MIB).toBeGreaterThan(55);
  });

  it.runIf(isTmpfs('/dev/shm'))(
    'shared memory does, once, as long as its file is there',
    async () => {
      const folder = mkdtempSync('/dev/shm/plimsoll-pages-');
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const cgroup = create({ limit: 100 * MIB });
      await cgroup.run('dd', ['if=/dev/zero', `of=${join(folder, 'file')}`, 'bs=1M', 'count=60']);
      const { file, shared, unreclaimable } = cgroup.usage();
      expect(shared / MIB).toBe(60);
      expect(file / MIB).toBeLessThan(20);
      expect(unreclaimable).toBeGreaterThanOrEqual(shared);
      rmSync(folder, { recursive: true });
      await expect.poll(() => cgroup.usage().shared).toBe(0);
    },
  );

  it('the sum of what is told apart is what the kernel charges', async () => {
    const cgroup = create({ limit: 300 * MIB });
    const { child } = cgroup.start('node', [
      '-e',
      `globalThis.kept = Buffer.alloc(${100 * MIB}, 1); process.stdout.write('filled'); process.stdin.resume();`,
    ]);
    await once(child.stdout!, 'data');
    const { unreclaimable, file } = cgroup.usage();
    // Apart: what each CPU has charged ahead (64 pages), and counters not added up yet.
    expect(Math.abs(unreclaimable + file - cgroup.counters().charged!) / MIB).toBeLessThan(4);
    const { anonymous } = processStatus(child.pid)!;
    expect(Math.abs(cgroup.usage().anonymous - anonymous) / MIB).toBeLessThan(4);
  });
});

/** A container's view, made by unshare(1); where that is not allowed, these are skipped. */
const canUnshare = spawnSync('unshare', ['--cgroup', '--mount', 'true']).status === 0;

describe.skipIf(unavailable !== null || !canUnshare)('inside a container', () => {
  it('with a cgroup namespace over the mount of the machine, the whole way is found', async () => {
    const cgroup = create({ limit: 300 * MIB });
    const inside = await ask(cgroup, 'unshare --cgroup "$@"');
    const own = memoryCgroup();
    expect(inside.cgroup.groups[0]?.folder).toBe(cgroup.group.folder);
    expect(inside.cgroup.groups.length).toBe(own.groups.length + 1);
    expect(inside.limit).toMatchObject({ bytes: 300 * MIB, kind: 'cgroup' });
  });

  it('from outside, a container is found by the mount that we have, not by its own', async () => {
    const cgroup = create({ limit: 300 * MIB });
    const { child } = cgroup.start('unshare', [
      '--mount',
      'sh',
      '-c',
      `${mountOnly(cgroup.group).script} && exec cat`,
    ]);
    child.stdin?.write('ready');
    await once(child.stdout!, 'data');
    expect(memoryCgroup(child.pid).groups[0]?.folder).toBe(cgroup.group.folder);
  });

  it.runIf(memoryCgroup().version === 1)(
    'with a mount of its own group only, a limit around it is known all the same',
    async () => {
      const outer = create({ limit: 300 * MIB });
      const inner = create({ limit: 400 * MIB, within: outer.group });
      const { point, script } = mountOnly(inner.group);
      const inside = await ask(inner, `unshare --mount sh -c '${script} && exec "$@"' sh "$@"`);
      expect(inside.cgroup).toMatchObject({
        groups: [{ folder: point, path: inner.group.path }],
        hidden: `the mount shows only ${inner.group.path} and what is below it`,
      });
      expect(inside.limit).toMatchObject({ bytes: 300 * MIB, kind: 'cgroup' });
      expect(inside.limit.from).toContain('unseen cgroup above');
    },
  );
});

describe.runIf(process.platform === 'linux')('limits without groups', () => {
  it('an rlimit leaves the address space that is not mapped yet', () => {
    const answer = evaluate('{ limits: bindingLimit().candidates, now: processStatus() }');
    const command = ['-c', 'ulimit -v 400000000 && exec "$@"', 'sh', ...answer];
    const { stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { limits, now }: { limits: Limit[]; now: ProcessMemory } = JSON.parse(stdout);
    const limit = limits.find(({ kind }) => kind === 'address-space')!;
    expect(limit.from).toContain('RLIMIT_AS of 381 GiB, less');
    // Node maps a gigabyte before its first line, nearly all of it without memory behind it.
    expect(now.addressSpace / MIB).toBeGreaterThan(500);
    const left = limit.bytes - limit.used;
    expect(Math.abs(400_000_000 * 1024 - now.addressSpace - left) / MIB).toBeLessThan(64);
  });

  it('the machine is the last limit', () => {
    const { candidates } = bindingLimit();
    expect(candidates.at(-1)).toMatchObject({ kind: 'machine', bytes: machineMemory().total });
  });
});

/** Puts a group's folder in place of the mount that shows all: what a container is given to see. */
function mountOnly({ folder, path }: MemoryGroup): { point: string; script: string } {
  const point = folder.slice(0, folder.length - path.length);
  const aside = mkdtempSync(join(tmpdir(), 'plimsoll-mount-'));
  onTestFinished(() => rmdirSync(aside));
  const script = `mount --bind ${folder} ${aside} && umount -l ${point} && mount --move ${aside} ${point}`;
  return { point, script };
}

/** Node with `expression` of #kernel's functions, printed as JSON. */
function evaluate(expression: string): string[] {
  const program = `const { bindingLimit, memoryCgroup, processStatus } = await import('#kernel');
    console.log(JSON.stringify(${expression}));`;
  return [
    process.execPath,
    '--import=tsx',
    '--conditions=source',
    '--input-type=module',
    '-e',
    program,
  ];
}

async function ask(
  cgroup: ReturnType<typeof createCgroup>,
  enter: string,
): Promise<{ cgroup: MemoryCgroup; limit: BindingLimit }> {
  const program = evaluate('{ cgroup: memoryCgroup(), limit: bindingLimit() }');
  const { stdout, stderr } = await cgroup.run('sh', ['-c', enter, 'sh', ...program]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

function isTmpfs(folder: string): boolean {
  try {
    return statfsSync(folder).type === 0x01021994; // TMPFS_MAGIC of statfs(2)
  } catch {
    return false; // there is no such folder
  }
}
