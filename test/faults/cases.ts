/** @file Ends of programs, and the verdict that each must get. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cause, Grade } from '#protocol';
import { writeLimit } from '../cgroup.ts';
import { BAD_ALLOC, BUILT, C, IN_MEMORY, JAVA, NODE, PYTHON } from './programs.ts';
import type { Scene } from './supervised.ts';

const MIB = 2 ** 20;

export interface Fault extends Scene {
  /** null where this machine lacks the compiler or interpreter */
  readonly command: readonly string[] | null;
  readonly cause: Cause;
  readonly grade: Grade;
  /** what plimsoll exits with */
  readonly code: number;
  /** bytes */
  readonly limit?: number;
  /** what the evidence must show */
  readonly evidence?: RegExp;
}

type Act = NonNullable<Scene['act']>;

const c = (...words: string[]) => C && [...C, ...words];
const node = (...words: string[]) => [...NODE(), ...words];
const java = (...words: string[]) =>
  JAVA && [...JAVA('-Xmx600m', '-XX:+UseSerialGC', '-Xshare:auto'), ...words];
const python = (...words: string[]) => PYTHON && [...PYTHON, ...words];
const memory = (mib: number) => ['--memory', `${mib}M`];

const stopped: Act = async ({ pid, plimsoll }) => {
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await sleep(10);
  plimsoll.kill('SIGTERM');
};

const KILLED = { cause: 'oom-own-limit', grade: 'proven', code: 137 } as const;
const CHILD = { cause: 'oom-child', grade: 'proven' } as const;
const FAILED = { cause: 'allocation-failed', grade: 'proven' } as const;
const COUNTED = /^counter: memory\.\S+ (?:oom_kill )?of \S+: 0 -> [1-9]/m;

export const killIt: Act = ({ pid }) => void process.kill(pid, 'SIGKILL');
const cancelIt: Act = ({ plimsoll }) => void plimsoll.kill('SIGTERM');

/** The same ends of programs in each language. */
const LANGUAGES = {
  C: { run: c, limit: 60 },
  Python: { run: python, limit: 60 },
  Node: { run: node, limit: 100 },
  Java: { run: java, limit: 120 },
} as const;

function endsIn(name: keyof typeof LANGUAGES): Record<string, Fault> {
  const { run, limit } = LANGUAGES[name];
  const flags = memory(limit);
  const grow = { limit: limit * MIB, evidence: COUNTED };
  return {
    [`${name}: it grows`]: { ...KILLED, ...grow, flags, command: run('grow', '500') },
    [`${name}: a child of it grows; it exits with 0`]: {
      ...CHILD,
      code: 0,
      flags,
      command: run('child', '0'),
    },
    [`${name}: a child of it grows; it exits with 1`]: {
      ...CHILD,
      code: 1,
      flags,
      command: run('child', '1'),
    },
    [`${name}: kill -9`]: {
      cause: 'killed',
      grade: 'proven',
      code: 137,
      flags: memory(300),
      command: run('stay', '10'),
      act: killIt,
      evidence: /oom_kill of \S+: 0 -> 0/,
    },
    [`${name}: SIGTERM to us`]: {
      cause: 'cancelled',
      grade: 'proven',
      code: 143,
      command: run('stay', '1'),
      act: cancelIt,
    },
    ...Object.fromEntries(
      [1, 2, 9, 137].map((code) => [
        `${name}: exit code ${code} by itself`,
        {
          cause: 'error',
          grade: 'proven',
          code,
          flags,
          command: run('exit', String(code)),
        } as const satisfies Fault,
      ]),
    ),
  };
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...endsIn('C'),
  ...endsIn('Python'),
  ...endsIn('Node'),
  ...endsIn('Java'),

  // The attempt's own limit
  'shared memory': { ...KILLED, flags: memory(60), command: c('share', '200') },
  'the very first allocations': { ...KILLED, flags: memory(1), command: python('grow', '1') },
  'in the middle of a checkpoint': {
    ...KILLED,
    flags: memory(80),
    command: python('checkpoint', join(BUILT, 'checkpoint')),
  },
  'a file in memory (tmpfs)': {
    ...KILLED,
    flags: memory(60),
    command: ['dd', 'if=/dev/zero', `of=${IN_MEMORY}`, 'bs=1M', 'count=200'],
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
  'a child; the parent hangs until we end it': {
    ...CHILD,
    code: 143,
    flags: memory(80),
    command: python('child', '-1'),
    act: cancelIt,
    evidence: /was sent SIGTERM/,
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
      // What each waits for comes when all are there.
      'for i in 1 2 3 4 5 6 7 8; do sleep 2 | "$@" & done; wait; exit 0',
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
      writeLimit(group, 300 * MIB);
      plimsoll.stdin?.end('\n');
    },
  },
  'a limit that was lowered': {
    ...KILLED,
    flags: memory(300),
    command: c('hold', '30', '120'),
    limit: 80 * MIB,
    act: ({ group, plimsoll }) => {
      writeLimit(group, 80 * MIB);
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
  'SIGTERM to us, and the command is stopped': {
    cause: 'cancelled',
    grade: 'proven',
    code: 143,
    command: c('stopped'),
    act: stopped,
  },
  'SIGTERM to us, and the command saves what it has': {
    cause: 'cancelled',
    grade: 'likely',
    code: 0,
    command: python('saves', '0'),
    act: cancelIt,
  },
  'SIGTERM to us, then a kill for memory': {
    ...KILLED,
    flags: memory(60),
    command: c('deaf-then-grow', '200'),
    act: cancelIt,
  },
  'SIGHUP to us, and the command ignores it (nohup)': {
    cause: 'completed',
    grade: 'proven',
    code: 0,
    command: c('hang-on'),
    act: ({ plimsoll }) => void plimsoll.kill('SIGHUP'),
    evidence: /was sent SIGHUP.*the command ignored it/,
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
  'a timeout, and the command is stopped': {
    cause: 'timed-out',
    grade: 'proven',
    code: 143,
    flags: ['--timeout', '1'],
    command: c('stopped'),
  },
  'a timeout, and a program that does not listen': {
    cause: 'timed-out',
    grade: 'proven',
    code: 137,
    flags: ['--timeout', '3'], // it does not listen from its first line on, and no sooner
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
  'Java heap space': { ...FAILED, code: 1, command: JAVA && [...JAVA('-Xmx32m'), 'grow', '100'] },
  'Java heap space, exit 3': {
    ...FAILED,
    code: 3,
    command: JAVA && [...JAVA('-Xmx32m', '-XX:+ExitOnOutOfMemoryError'), 'grow', '100'],
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
};
