/**
 * @file The fault suite: real processes, real limits, real kills; each end with the verdict that it must
 * get. No cause of memory above `possible` may rest on a signal or an exit code alone.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { memoryCgroup, type MemoryGroup } from '#kernel';
import type { Cause, Grade } from '#protocol';
import { cgroupsUnavailable, createCgroup } from '../cgroup.ts';
import { BAD_ALLOC, BUILT, C, JAVA, NODE, PYTHON } from './programs.ts';
import { type Scene, supervised } from './supervised.ts';

const MIB = 2 ** 20;
// A kill at a small limit can take seconds: the kernel throws pages out and reads them back until it comes.
vi.setConfig({ testTimeout: 60_000 });
const unavailable = cgroupsUnavailable();
afterAll(() => rmSync(BUILT, { recursive: true }));

interface Fault extends Scene {
  /** null where this machine lacks the compiler or interpreter */
  readonly command: readonly string[] | null;
  readonly cause: Cause;
  readonly grade: Grade;
  /** what plimsoll exits with */
  readonly code: number;
  readonly limit?: number;
  /** what the evidence must show */
  readonly evidence?: RegExp;
}

const c = (...words: string[]) => C && [...C, ...words];
const python = (...words: string[]) => PYTHON && [...PYTHON, ...words];
const memory = (mib: number) => ['--memory', `${mib}M`];
const setLimit = ({ version, folder }: MemoryGroup, mib: number) =>
  writeFileSync(
    join(folder, version === 2 ? 'memory.max' : 'memory.limit_in_bytes'),
    String(mib * MIB),
  );

const KILLED = { cause: 'oom-own-limit', grade: 'proven', code: 137 } as const;
const CHILD = { cause: 'oom-child', grade: 'proven' } as const;
const FAILED = { cause: 'allocation-failed', grade: 'proven' } as const;
const COUNTED = /^counter: memory\.\S+ (?:oom_kill )?of \S+: 0 -> [1-9]/m;

const killIt: Scene['act'] = ({ pid }) => void process.kill(pid, 'SIGKILL');

const FAULTS: Readonly<Record<string, Fault>> = {
  // The attempt's own limit
  'a C program grows': {
    ...KILLED,
    flags: memory(60),
    command: c('grow', '200'),
    limit: 60 * MIB,
    evidence: COUNTED,
  },
  'a Python program grows': { ...KILLED, flags: memory(60), command: python('grow', '300') },
  'a Node program grows': { ...KILLED, flags: memory(100), command: [...NODE(), 'buffers', '400'] },
  'a Java program grows': {
    ...KILLED,
    flags: memory(120),
    command: JAVA && [...JAVA('-Xmx600m', '-XX:+UseSerialGC'), '500'],
  },
  'shared memory': { ...KILLED, flags: memory(60), command: c('share', '200') },
  'the very first allocations': { ...KILLED, flags: memory(1), command: python('grow', '1') },
  'in the middle of a checkpoint': {
    ...KILLED,
    flags: memory(80),
    command: python('checkpoint', join(BUILT, 'checkpoint')),
  },
  'the larger of two, stopped': { ...KILLED, flags: memory(110), command: c('stop', '70', '60') },
  'page cache alone': {
    cause: 'completed',
    grade: 'proven',
    code: 0,
    flags: memory(40),
    command: ['dd', 'if=/dev/zero', `of=${join(BUILT, 'large')}`, 'bs=1M', 'count=150'],
  },

  // A descendant is killed
  'a child; the parent exits 0': {
    ...CHILD,
    code: 0,
    flags: memory(80),
    command: python('child', 'exit', '0'),
  },
  'a child; the parent exits 1': {
    ...CHILD,
    code: 1,
    flags: memory(80),
    command: python('child', 'exit', '1'),
  },
  'a child; the parent hangs until its time is over': {
    ...CHILD,
    code: 143,
    flags: [...memory(80), '--timeout', '4'],
    command: python('child', 'hang'),
    evidence: /--timeout of 4 s was over/,
  },
  'a grandchild behind a shell': {
    ...CHILD,
    code: 137,
    flags: memory(60),
    command: c('grow', '200') && ['sh', '-c', '"$@"; exit $?', 'sh', ...c('grow', '200')!],
  },
  'many small processes': {
    ...CHILD,
    code: 0,
    flags: memory(100),
    command: C && [
      'sh',
      '-c',
      'for i in 1 2 3 4 5 6 7 8; do "$@" & done; wait; exit 0',
      'sh',
      ...C,
      'hold',
      '20',
    ],
  },

  // Limits that change
  'a limit that was raised in time': {
    cause: 'completed',
    grade: 'proven',
    code: 0,
    flags: memory(60),
    command: c('hold', '30', '120'),
    act: ({ group, plimsoll }) => {
      setLimit(group, 300);
      plimsoll.stdin?.end('\n');
    },
  },
  'a limit that was lowered': {
    ...KILLED,
    flags: memory(300),
    command: c('hold', '30', '120'),
    limit: 80 * MIB,
    act: ({ group, plimsoll }) => {
      setLimit(group, 80);
      plimsoll.stdin?.end('\n');
    },
  },

  // SIGKILL by somebody
  'kill -9, far from the limit': {
    cause: 'killed',
    grade: 'proven',
    code: 137,
    flags: memory(200),
    command: c('stay', '10'),
    act: killIt,
    evidence: /oom_kill of \S+: 0 -> 0/,
  },
  'kill -9, close to the limit': {
    cause: 'killed',
    grade: 'proven',
    code: 137,
    flags: memory(100),
    command: c('stay', '95'),
    act: async ({ pid }) => {
      await sleep(300); // long enough to be sampled there
      process.kill(pid, 'SIGKILL');
    },
  },
  'kill -9 when a child was just killed for memory': {
    cause: 'killed',
    grade: 'proven',
    code: 137,
    flags: memory(60),
    command: c('child-then-kill', '200'),
    evidence: COUNTED,
  },

  // We did it
  'SIGTERM to us': {
    cause: 'cancelled',
    grade: 'proven',
    code: 143,
    command: c('stay', '1'),
    act: ({ plimsoll }) => void plimsoll.kill('SIGTERM'),
  },
  'Ctrl-C': {
    cause: 'cancelled',
    grade: 'proven',
    code: 130,
    command: c('stay', '1'),
    act: ({ plimsoll }) => void plimsoll.kill('SIGINT'),
  },
  'a timeout': {
    cause: 'timed-out',
    grade: 'proven',
    code: 143,
    flags: ['--timeout', '1'],
    command: c('stay', '1'),
  },
  'a timeout, and a program that does not listen': {
    cause: 'timed-out',
    grade: 'proven',
    code: 137,
    flags: ['--timeout', '0.5'],
    command: c('deaf'),
    evidence: /sent SIGKILL/,
  },

  // The program itself says so
  MemoryError: { ...FAILED, code: 1, command: python('refused') },
  'std::bad_alloc': { ...FAILED, code: 134, command: BAD_ALLOC },
  'malloc returns NULL under RLIMIT_AS': {
    ...FAILED,
    grade: 'likely',
    code: 1,
    command: c('null'),
  },
  "V8's heap limit": {
    ...FAILED,
    code: 134,
    command: [...NODE('--max-old-space-size=40'), 'heap', '400'],
  },
  'Java heap space': { ...FAILED, code: 1, command: JAVA && [...JAVA('-Xmx32m'), '100'] },
  'Java heap space, exit 3': {
    ...FAILED,
    code: 3,
    command: JAVA && [...JAVA('-Xmx32m', '-XX:+ExitOnOutOfMemoryError'), '100'],
  },
  "PyTorch's allocator": {
    ...FAILED,
    code: 1,
    command: python(
      'say',
      "RuntimeError: [enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)",
      '1',
    ),
  },
  'CUDA out of memory': {
    ...FAILED,
    code: 1,
    command: python(
      'say',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.',
      '1',
    ),
  },
  '"out of memory" and exit code 0': {
    cause: 'completed',
    grade: 'proven',
    code: 0,
    command: python('say', 'warning: out of memory, trying again', '0'),
  },

  // Other ends
  'a segmentation fault': { cause: 'crashed', grade: 'proven', code: 139, command: c('segv') },
  abort: { cause: 'crashed', grade: 'proven', code: 134, command: c('abort') },
  ...Object.fromEntries(
    [1, 2, 9, 137].map((code) => [
      `exit code ${code} by itself`,
      {
        cause: 'error',
        grade: 'proven',
        code,
        flags: memory(50),
        command: c('exit', String(code)),
      } as const,
    ]),
  ),
};

describe.skipIf(unavailable !== null)(`ends (${unavailable ?? 'in real groups'})`, () => {
  it.for(Object.entries(FAULTS))('%s', async ([, fault], { skip }) => {
    skip(fault.command === null, 'the compiler or interpreter is not here');
    const { code, verdict, stderr } = await supervised(fault.command ?? [], fault);
    const { cause, grade, limit_bytes } = verdict;
    expect({ cause, grade, code }, stderr).toEqual({
      cause: fault.cause,
      grade: fault.grade,
      code: fault.code,
    });
    expect(limit_bytes).toBe(fault.limit ?? limit_bytes);
    expect(verdict.evidence.join('\n')).toMatch(fault.evidence ?? /^end: /m);
  });
});

function around(mib: number) {
  const outer = createCgroup({ limit: mib * MIB });
  onTestFinished(() => outer.remove());
  return outer;
}

describe.skipIf(unavailable !== null || C === null)('the limit of a group around', () => {
  it('reached by the command', async () => {
    const outer = around(200);
    const { verdict } = await supervised(c('grow', '400')!, { within: outer });
    expect(verdict).toMatchObject({
      cause: 'oom-ancestor-limit',
      grade: 'proven',
      limit_bytes: 200 * MIB,
    });
    expect(verdict.limit_from).toContain(`/${basename(outer.group.path)} `);
    expect(verdict.baseline_bytes).toBeGreaterThan(10 * MIB); // plimsoll itself
  });

  it('reached by a neighbour, and the command is the largest', async () => {
    const outer = around(240);
    const { verdict } = await supervised(c('stay', '120')!, {
      within: outer,
      act: async () => {
        const neighbour = outer.start(C![0]!, ['hold', '110'], { sampleEveryMs: 0 });
        neighbour.child.stdin?.end();
        await neighbour.ended;
      },
    });
    expect(verdict).toMatchObject({ cause: 'oom-ancestor-limit', grade: 'proven' });
  });
});

const noCounters = 'umount /sys/fs/cgroup/memory && exec "$@"';
const noLog = 'mount --bind /dev/null /dev/kmsg';
const inNamespace = (script: string) => `exec unshare --mount sh -c '${script}' sh "$@"`;

describe.skipIf(unavailable !== null || memoryCgroup().version !== 1 || C === null)(
  'what cannot be read',
  () => {
    it('neither counters nor log: kill -9 stays open', async () => {
      const enter = inNamespace(`${noLog} && ${noCounters}`);
      const { verdict, stderr } = await supervised(c('stay', '10')!, { enter, act: killIt });
      expect(verdict).toMatchObject({ cause: 'unestablished', grade: 'possible' });
      expect(verdict.missing.join('\n')).toMatch(/the kernel log/);
      expect(stderr).toMatch(/^warning: no control group can be made here/);
    });

    it('no log: the counters are enough', async () => {
      const enter = inNamespace(`${noLog} && exec "$@"`);
      const { verdict } = await supervised(c('grow', '200')!, { enter, flags: memory(60) });
      expect(verdict).toMatchObject({ cause: 'oom-own-limit', grade: 'proven' });
      expect(verdict.evidence.join('\n')).not.toMatch(/kernel log/);
    });

    it('no counters: the log is enough', async () => {
      const outer = around(200);
      const enter = inNamespace(noCounters);
      const { verdict } = await supervised(c('grow', '400')!, { enter, within: outer });
      expect(verdict).toMatchObject({ cause: 'oom-ancestor-limit', grade: 'proven' });
    });
  },
);

it('nothing is left behind: neither orphans nor the group', async () => {
  let group: MemoryGroup | undefined;
  const { stdout, code } = await supervised(
    ['sh', '-c', 'echo main $$; setsid sleep 300 >/dev/null 2>&1 & sleep 0.3; exit 3'],
    {
      flags: unavailable === null ? memory(50) : [],
      act: (seen) => (group = seen.group) && undefined,
    },
  );
  expect(code).toBe(3);
  expect(stdout).toMatch(/^main \d+$/m);
  expect(group?.path).toMatch(/plimsoll-\d{8}/);
  expect(existsSync(group!.folder)).toBe(false);
});

it("input, output, environment and places to write to are the command's own", async () => {
  const script = 'read line; echo "$line $MALLOC_ARENA_MAX."; echo problem > /dev/stderr';
  const enter = 'echo given | "$@"';
  const { stdout, stderr, code } = await supervised(['sh', '-c', script], { enter });
  expect({ stdout, stderr, code }).toEqual({ stdout: 'given .\n', stderr: 'problem\n', code: 0 });
});

it('a reader that goes ends the command as it would without us', async () => {
  const enter = '"$@" | head -1';
  const { stdout, verdict } = await supervised(['yes'], { enter });
  expect(stdout).toBe('y\n');
  expect(verdict).toMatchObject({ cause: 'crashed', signal: 'SIGPIPE' });
});
