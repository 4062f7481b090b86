/** @file Each cause and grade from recorded facts; what is not known makes a verdict weaker, never another. */
import { describe, expect, it, test } from 'vitest';
import { assert, boolean, constantFrom, nat, property } from 'fast-check';
import type { Cause, Grade } from '#protocol';
import { classify } from './classify.ts';
import type { Facts } from './facts.ts';
import { parseOomKills } from './oom-kills.ts';
import { readingOf } from './reading.ts';
import {
  ANCESTOR_KILL_V2,
  groupV1,
  groupV2,
  loggedKill,
  MIB,
  NO_LOG,
  OWN,
  OWN_KILL_V1,
  OWN_KILL_V2,
  PID,
  QUIET,
  ROOT_V2,
  sampleOf,
  SIGKILLED,
} from './recorded-facts.test-support.ts';

const logOf = (...kills: string[][]) =>
  ({ readable: true, kills: parseOomKills(kills.flat()), gap: null }) as const;
const unreadable = (facts: Facts): Facts['groups'] =>
  facts.groups.map((group) => ({ ...group, after: null }));
/** Its name begins as ours does. */
const NEIGHBOUR = `${OWN}-2`;
const JAVA_LINE =
  'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space\n\tat Fault.main';

const CANCELLED = {
  kind: 'cancelled',
  signal: 'SIGINT',
  secondsBefore: 2,
  ignored: false,
} as const;

const BY_GUARD = {
  kind: 'guard',
  signal: 'SIGTERM',
  load: { unreclaimable: 92 * MIB, limit: 100 * MIB, from: '--memory' },
} as const;

/** Without a group of its own, in a container of 100 MiB that counted a kill. */
const SHARED_KILL: Facts = {
  ...SIGKILLED,
  noGroup: 'read-only',
  groups: OWN_KILL_V1,
  kernelLog: NO_LOG,
};

const CASES: Readonly<Record<string, readonly [Facts, Cause, Grade]>> = {
  // own limit
  'own limit, v1, log and counters': [
    { ...SIGKILLED, groups: OWN_KILL_V1, kernelLog: logOf(loggedKill(OWN)) },
    'oom-own-limit',
    'proven',
  ],
  'own limit, v1, counters alone': [
    { ...SIGKILLED, groups: OWN_KILL_V1, kernelLog: NO_LOG },
    'oom-own-limit',
    'proven',
  ],
  'own limit, v1, after a kill elsewhere, and the log left out whose limit ours was': [
    {
      ...SIGKILLED,
      groups: OWN_KILL_V1,
      kernelLog: logOf([...loggedKill('/else', 77, '/else'), ...loggedKill(OWN).slice(1)]),
    },
    'oom-own-limit',
    'proven',
  ],
  'own limit, v1, log alone: the group went before the end': [
    { ...SIGKILLED, groups: unreadable(QUIET), kernelLog: logOf(loggedKill(OWN)) },
    'oom-own-limit',
    'proven',
  ],
  'own limit, v2, counters alone': [
    { ...SIGKILLED, groups: OWN_KILL_V2, kernelLog: NO_LOG },
    'oom-own-limit',
    'proven',
  ],
  'own limit, no log, others in the group: perhaps another was the victim': [
    { ...SIGKILLED, groups: OWN_KILL_V2, kernelLog: NO_LOG, mostProcesses: 4 },
    'oom-own-limit',
    'likely',
  ],
  'own limit, no log, two kills: others were there, though no look found them': [
    {
      ...SIGKILLED,
      groups: [groupV1(OWN, 100 * MIB, { kills: 2, hits: 3 })],
      kernelLog: NO_LOG,
    },
    'oom-own-limit',
    'likely',
  ],
  'the whole group is killed (memory.oom.group), v2': [
    {
      ...SIGKILLED,
      groups: [
        groupV2(OWN, 100 * MIB, {
          own: { ooms: 1, kills: 4, groupKills: 1 },
          subtree: { kills: 4 },
        }),
        ROOT_V2,
      ],
      kernelLog: NO_LOG,
      mostProcesses: 4,
    },
    'oom-own-limit',
    'proven',
  ],
  'a limit of memory and swap together leaves failcnt at 0 (v1)': [
    {
      ...SIGKILLED,
      groups: [groupV1(OWN, 100 * MIB, { kills: 1, hits: 0, peak: 100 * MIB })],
      kernelLog: NO_LOG,
    },
    'oom-own-limit',
    'proven',
  ],
  'a container, whose pids are not those of the log': [
    {
      ...SIGKILLED,
      groups: OWN_KILL_V1,
      samePids: false,
      kernelLog: logOf(loggedKill(`/host${OWN}`, 998877, `/host${OWN}`)),
    },
    'oom-own-limit',
    'proven',
  ],

  // a limit around
  "an ancestor's limit, v2, counters alone": [
    { ...SIGKILLED, groups: ANCESTOR_KILL_V2, kernelLog: NO_LOG },
    'oom-ancestor-limit',
    'proven',
  ],
  "an ancestor's limit, v1, by the log": [
    {
      ...SIGKILLED,
      groups: [
        groupV1(OWN, 100 * MIB, { kills: 1, hits: 3 }),
        groupV1('/docker/ab12', 512 * MIB, { kills: 0, hits: 90 }),
      ],
      kernelLog: logOf(loggedKill('/docker/ab12')),
    },
    'oom-ancestor-limit',
    'proven',
  ],
  'both limits were hit, v1, no log': [
    {
      ...SIGKILLED,
      groups: [
        groupV1(OWN, 100 * MIB, { kills: 1, hits: 3 }),
        groupV1('/docker/ab12', 512 * MIB, { kills: 0, hits: 90 }),
      ],
      kernelLog: NO_LOG,
    },
    'oom-own-limit',
    'likely',
  ],
  'no group of its own: by process id in the log': [
    {
      ...SIGKILLED,
      noGroup: 'read-only',
      kernelLog: logOf(loggedKill('/docker', PID, '/docker/ab12')),
    },
    'oom-ancestor-limit',
    'proven',
  ],
  'a kill, and no limit that can be seen was reached; others are hidden': [
    {
      ...SIGKILLED,
      hidden: 'a namespace',
      groups: [groupV2(OWN, null, { own: { kills: 1 }, subtree: { kills: 1 } })],
      kernelLog: NO_LOG,
    },
    'oom-ancestor-limit',
    'possible',
  ],

  // the machine
  'the machine, by the log': [
    {
      ...SIGKILLED,
      groups: [groupV1(OWN, 100 * MIB, { kills: 1, hits: 0 })],
      kernelLog: logOf(loggedKill(null)),
    },
    'oom-machine',
    'proven',
  ],
  'the machine: a kill, and no limit of the whole chain was reached': [
    {
      ...SIGKILLED,
      groups: [groupV2(OWN, null, { own: { kills: 1 }, subtree: { kills: 1 } }), ROOT_V2],
      kernelLog: NO_LOG,
    },
    'oom-machine',
    'proven',
  ],

  // a descendant
  ...Object.fromEntries(
    [0, 1, 137].map((exitCode) => [
      `a child was killed, the main process exited with ${exitCode}`,
      [
        { ...QUIET, exitCode, groups: OWN_KILL_V1, kernelLog: logOf(loggedKill(OWN, 77)) },
        'oom-child',
        'proven',
      ] as const,
    ]),
  ),
  'a child was killed, and the main process hung until we killed it': [
    {
      ...SIGKILLED,
      asked: { kind: 'timed-out', seconds: 4, signal: 'SIGKILL' },
      groups: OWN_KILL_V1,
      kernelLog: logOf(loggedKill(OWN, 77)),
    },
    'oom-child',
    'proven',
  ],

  // user space
  'earlyoom, with its line': [
    {
      ...SIGKILLED,
      killerLines: ['sending SIGKILL to process 23301 uid 0 "python3"'],
      killersRunning: ['earlyoom'],
    },
    'oom-user-space',
    'proven',
  ],
  'earlyoom sent SIGTERM, and the program exited with 1': [
    { ...QUIET, exitCode: 1, killerLines: ['sending SIGTERM to process 23301 uid 0 "python3"'] },
    'oom-user-space',
    'likely',
  ],
  'earlyoom runs, and says nothing': [
    { ...SIGKILLED, killersRunning: ['earlyoom'] },
    'killed',
    'likely',
  ],

  // killed
  'kill -9 at 99% of the limit': [{ ...SIGKILLED, last: sampleOf(99 * MIB) }, 'killed', 'proven'],
  'kill -9 when a child had just been killed': [
    { ...SIGKILLED, groups: OWN_KILL_V1, mostProcesses: 2, kernelLog: logOf(loggedKill(OWN, 77)) },
    'killed',
    'proven',
  ],
  'kill -9 by another after a child died for memory, and the log left out in which group': [
    {
      ...SIGKILLED,
      groups: OWN_KILL_V1,
      mostProcesses: 2,
      kernelLog: logOf([...loggedKill('/else', 55, '/else'), ...loggedKill(OWN, 77).slice(1)]),
    },
    'killed',
    'proven',
  ],
  'the same, but the kernel kept fewer victims than it counted': [
    {
      ...SIGKILLED,
      groups: OWN_KILL_V1,
      mostProcesses: 2,
      kernelLog: logOf(loggedKill('/else', 55, '/else')),
    },
    'oom-own-limit',
    'likely',
  ],

  'kill -9 while the kernel killed in a group whose name begins as ours does': [
    { ...SIGKILLED, kernelLog: logOf(loggedKill(`${OWN}0`, 77, `${OWN}0`)) },
    'killed',
    'proven',
  ],
  'kill -9 while the kernel killed in a group around, beside ours': [
    { ...SIGKILLED, kernelLog: logOf(loggedKill('/docker/ab12', 77, '/docker/ab12')) },
    'killed',
    'proven',
  ],

  // nothing to read
  'kill -9, nothing can be read': [
    { ...SIGKILLED, groups: unreadable(QUIET), kernelLog: NO_LOG },
    'unestablished',
    'possible',
  ],
  'kill -9 at 95% of the limit, nothing can be read': [
    { ...SIGKILLED, groups: unreadable(QUIET), kernelLog: NO_LOG, last: sampleOf(95 * MIB) },
    'oom-own-limit',
    'possible',
  ],
  'exit code 137, nothing can be read': [
    { ...QUIET, exitCode: 137, groups: unreadable(QUIET), kernelLog: NO_LOG },
    'unestablished',
    'possible',
  ],
  'a shared group counted a kill: whose, is not known': [
    { ...SHARED_KILL, last: sampleOf(20 * MIB) },
    'oom-ancestor-limit',
    'possible',
  ],
  'the same, and it was near the limit that was reached': [
    { ...SHARED_KILL, last: sampleOf(95 * MIB) },
    'oom-ancestor-limit',
    'likely',
  ],
  'the same, and the limit that was reached cannot be seen': [
    {
      ...SHARED_KILL,
      hidden: 'a namespace',
      groups: [groupV2('/', null, { own: { kills: 1 }, subtree: { kills: 1 } })],
      last: sampleOf(95 * MIB),
    },
    'oom-ancestor-limit',
    'possible',
  ],
  'a shared group counted a kill, and no limit of the whole chain was reached': [
    {
      ...SHARED_KILL,
      groups: [groupV2('/', null, { own: { kills: 1 }, subtree: { kills: 1 } }), ROOT_V2],
    },
    'oom-machine',
    'possible',
  ],
  'a shared group counted a kill, and the log, with our ids, tells of another': [
    { ...SHARED_KILL, kernelLog: logOf(loggedKill('/docker/ab12', 77)) },
    'killed',
    'proven',
  ],
  'a shared group counted a kill, and we had sent SIGKILL': [
    { ...SHARED_KILL, asked: { kind: 'timed-out', seconds: 4, signal: 'SIGKILL' } },
    'timed-out',
    'proven',
  ],
  'a shared group counted a kill; it ended by itself': [
    { ...SHARED_KILL, signal: null, exitCode: 1 },
    'error',
    'proven',
  ],

  'exit code 1, while a neighbour was killed': [
    { ...QUIET, exitCode: 1, kernelLog: logOf(loggedKill('/docker/ab12', 9000, NEIGHBOUR)) },
    'error',
    'proven',
  ],
  'exit code 0, while a neighbour was killed': [
    { ...QUIET, kernelLog: logOf(loggedKill(NEIGHBOUR, 9000, NEIGHBOUR)) },
    'completed',
    'proven',
  ],
  'moved into another group, and killed by its limit': [
    { ...SIGKILLED, leftGroup: true, kernelLog: logOf(loggedKill('/else', PID, '/else')) },
    'oom-ancestor-limit',
    'proven',
  ],
  'moved out of its group, which counts no kill of it any more': [
    { ...SIGKILLED, leftGroup: true, kernelLog: NO_LOG },
    'unestablished',
    'possible',
  ],
  'moved out of its group, and the log does not name it': [
    { ...SIGKILLED, leftGroup: true },
    'killed',
    'proven',
  ],
  'moved out of its group, and the log has other process ids': [
    { ...SIGKILLED, leftGroup: true, samePids: false },
    'unestablished',
    'possible',
  ],
  'no group, and the log has other process ids': [
    { ...SIGKILLED, noGroup: 'read-only', groups: unreadable(QUIET), samePids: false },
    'unestablished',
    'possible',
  ],
  'exit code 137, no group: a child is not known by the log': [
    { ...QUIET, exitCode: 137, noGroup: 'read-only', groups: unreadable(QUIET) },
    'unestablished',
    'possible',
  ],

  // ours, and its own
  cancelled: [{ ...SIGKILLED, signal: 'SIGINT', asked: CANCELLED }, 'cancelled', 'proven'],
  'cancelled: exit code 130, long after': [
    { ...QUIET, exitCode: 130, asked: { ...CANCELLED, secondsBefore: 600 } },
    'cancelled',
    'proven',
  ],
  'cancelled: it saved, and exited with 0': [{ ...QUIET, asked: CANCELLED }, 'cancelled', 'likely'],
  'a signal that it ignored; completed': [
    { ...QUIET, asked: { ...CANCELLED, ignored: true } },
    'completed',
    'proven',
  ],
  'a signal that it caught; completed an hour later': [
    { ...QUIET, asked: { ...CANCELLED, secondsBefore: 3600 } },
    'completed',
    'proven',
  ],
  'a signal that we passed on, then a kill for memory': [
    { ...SIGKILLED, asked: CANCELLED, groups: OWN_KILL_V1, kernelLog: logOf(loggedKill(OWN)) },
    'oom-own-limit',
    'proven',
  ],
  'a signal that we passed on, then kill -9 by somebody': [
    { ...SIGKILLED, asked: CANCELLED },
    'killed',
    'proven',
  ],
  'a signal that we passed on, then a crash': [
    { ...SIGKILLED, signal: 'SIGSEGV', asked: CANCELLED },
    'crashed',
    'proven',
  ],
  'our guard, SIGTERM': [
    { ...SIGKILLED, signal: 'SIGTERM', asked: BY_GUARD },
    'oom-user-space',
    'proven',
  ],
  'our guard, SIGKILL: not mistaken for the kernel, nor for somebody': [
    { ...SIGKILLED, asked: { ...BY_GUARD, signal: 'SIGKILL' } },
    'oom-user-space',
    'proven',
  ],
  'our guard, and no counter or log to be read': [
    {
      ...SIGKILLED,
      asked: { ...BY_GUARD, signal: 'SIGKILL' },
      groups: unreadable(QUIET),
      kernelLog: NO_LOG,
      noGroup: 'read-only',
    },
    'oom-user-space',
    'proven',
  ],
  'our guard; it saved, and exited with 0': [
    { ...QUIET, asked: BY_GUARD },
    'oom-user-space',
    'proven',
  ],
  'our guard asked, and the kernel was faster': [
    { ...SIGKILLED, asked: BY_GUARD, groups: OWN_KILL_V1, kernelLog: logOf(loggedKill(OWN)) },
    'oom-own-limit',
    'proven',
  ],
  'our guard asked, and somebody sent kill -9': [
    { ...SIGKILLED, asked: BY_GUARD },
    'killed',
    'proven',
  ],
  'our guard asked, and it crashed': [
    { ...SIGKILLED, signal: 'SIGSEGV', asked: BY_GUARD },
    'crashed',
    'proven',
  ],
  'a timeout': [
    { ...SIGKILLED, asked: { kind: 'timed-out', seconds: 1, signal: 'SIGKILL' } },
    'timed-out',
    'proven',
  ],
  'an allocation failed': [
    { ...QUIET, exitCode: 1, output: JAVA_LINE },
    'allocation-failed',
    'proven',
  ],
  'the same words, and exit code 0': [{ ...QUIET, output: JAVA_LINE }, 'completed', 'proven'],
  'words that anybody may print': [
    { ...QUIET, exitCode: 1, output: 'Error: out of memory\n' },
    'allocation-failed',
    'likely',
  ],
  crashed: [{ ...SIGKILLED, signal: 'SIGSEGV' }, 'crashed', 'proven'],
  'exit code 137 by itself': [{ ...QUIET, exitCode: 137 }, 'error', 'proven'],
  completed: [QUIET, 'completed', 'proven'],
};

describe('classify', () => {
  it.each(Object.entries(CASES))('%s', (_, [facts, cause, grade]) => {
    expect(classify(readingOf(facts))).toEqual({ cause, grade });
  });
});

test('without a counter or the kernel log no cause of memory is above possible', () => {
  const ends = constantFrom(
    { exitCode: 0, signal: null },
    { exitCode: 1, signal: null },
    { exitCode: 137, signal: null },
    { exitCode: null, signal: 'SIGKILL' },
    { exitCode: null, signal: 'SIGTERM' },
  );
  assert(
    property(
      ends,
      nat(120),
      boolean(),
      nat(5),
      boolean(),
      (end, mib, own, mostProcesses, hides) => {
        const { cause, grade } = classify(
          readingOf({
            ...QUIET,
            ...end,
            groups: unreadable(QUIET),
            kernelLog: NO_LOG,
            noGroup: own ? null : 'read-only',
            hidden: hides ? 'a namespace' : null,
            last: sampleOf(mib * MIB),
            mostProcesses,
          }),
        );
        expect(cause.startsWith('oom-') && grade !== 'possible').toBe(false);
      },
    ),
  );
});
