/** @file Solutions in order of cost, with what was measured and who set the limit. */
import { describe, expect, it } from 'vitest';
import type { LimitOrigin } from '#protocol';
import { type Need, remediesFor } from './remedies.ts';

const MIB = 2 ** 20;
const ID = 'e51b0667b8d6a4be40a63f111790f07acf853a1419918bd469f5d60056981ea3';
const FLAG: LimitOrigin = { kind: 'flag' };
const DOCKER: LimitOrigin = { kind: 'container', engine: 'docker', id: ID };

const NEED: Need = {
  cause: 'oom-own-limit',
  limit: { bytes: 512 * MIB, from: 'as set', origin: FLAG, baseline: 0 },
  peak: 500 * MIB,
  fired: null,
  complaint: null,
  trainer: null,
  machineBytes: 8192 * MIB,
  byGuard: false,
};
const limited = (origin: LimitOrigin, changes: Partial<Need['limit']> = {}): Need => ({
  ...NEED,
  limit: { ...NEED.limit, origin, ...changes },
});
const number = (need: Need) => remediesFor(need).find(({ limit }) => limit)?.limit;
const changes = (need: Need) => remediesFor(need).map(({ change }) => change);

it('smaller parameters, a higher limit, another place', () => {
  expect(changes(limited(DOCKER))).toEqual([
    expect.stringMatching(/--batch-size.*--max-samples.*--epochs\) save time and no memory/),
    expect.stringMatching(/^a higher limit than 512 MiB \(as set\)/),
    expect.stringMatching(/^outside the container/),
  ]);
});

it('of our own trainer another plan comes first, from its checkpoint', () => {
  const trainer = { folder: '/runs/a', checkpointStep: 40, prediction: null };
  const [first] = remediesFor({ ...NEED, trainer });
  expect(first?.change).toMatch(/^a plan that takes less and computes the same, from step 40/);
  expect(first?.lines).toEqual(['plimsoll train --resume-from /runs/a']);
  const [anew] = remediesFor({ ...NEED, trainer: { ...trainer, checkpointStep: null } });
  expect(anew?.lines).toEqual([]);
});

it.each(['killed', 'error', 'crashed', 'cancelled', 'timed-out', 'unestablished'] as const)(
  'none after %s: memory was not what ended it',
  (cause) => {
    expect(remediesFor({ ...NEED, cause })).toEqual([]);
  },
);

describe('the number', () => {
  it.each([
    ['half as much again', limited(FLAG), 768, null],
    [
      'what others use under it is part of the need',
      limited(FLAG, { baseline: 300 * MIB }),
      1216,
      320,
    ],
    [
      'a peak past the limit counts, as under a limit that was lowered',
      { ...NEED, peak: 800 * MIB },
      1216,
      null,
    ],
    ['no more than the machine has', { ...NEED, machineBytes: 600 * MIB }, 576, null],
  ] as const)('%s', (_, need, bytes, reservation) => {
    expect(number(need)).toEqual({
      bytes: bytes * MIB,
      reservation_bytes: reservation === null ? null : reservation * MIB,
    });
  });

  it('what the planner said at the most counts too', () => {
    const interval: [number, number] = [900 * MIB, 1024 * MIB];
    const prediction = { interval_bytes: interval };
    const trainer = { folder: '/runs/a', checkpointStep: 40, prediction };
    expect(number({ ...NEED, trainer })?.bytes).toBe(1536 * MIB);
  });

  it.each([
    ['a machine that has no more', { ...NEED, machineBytes: 512 * MIB }],
    [
      'the machine as a whole',
      { ...NEED, fired: { limit: 'machine', group: null, grade: 'proven' } },
    ],
    ['a killer in user space', { ...NEED, cause: 'oom-user-space' }],
  ] as const)('none for %s', (_, need) => {
    expect(number(need)).toBeUndefined();
  });

  it('our own guard acts on the limit, so a higher one helps', () => {
    expect(number({ ...NEED, cause: 'oom-user-space', byGuard: true })).toEqual(number(NEED));
    expect(number(NEED)).toBeDefined();
  });
});

describe('where it was set', () => {
  it.each<[string, LimitOrigin, readonly string[]]>([
    ['the flag', FLAG, ['plimsoll run --memory 768M -- ...']],
    [
      'Docker',
      DOCKER,
      [
        'in docker-compose.yml, below the service (plimsoll explain --apply does it):',
        '  deploy:',
        '    resources:',
        '      limits:',
        '        memory: 768M',
        'or, until the container is made anew:',
        '  docker update --memory 768m --memory-swap 768m e51b0667b8d6',
      ],
    ],
    [
      'systemd',
      { kind: 'systemd', unit: 'train.service', manager: 'system' },
      [
        'systemctl set-property train.service MemoryMax=768M',
        'or in a drop-in (systemctl edit train.service):',
        '  [Service]',
        '  MemoryMax=768M',
      ],
    ],
    [
      "a user's systemd, a scope",
      { kind: 'systemd', unit: String.raw`run-a\x2db.scope`, manager: 'user' },
      [
        String.raw`systemctl --user set-property 'run-a\x2db.scope' MemoryMax=768M`,
        'or, to start anew:',
        '  systemd-run --user --scope -p MemoryMax=768M -- ...',
      ],
    ],
    ['a job of Slurm', { kind: 'slurm', job: '7', step: 'batch' }, ['#SBATCH --mem=768M']],
    [
      'a step of Slurm',
      { kind: 'slurm', job: '7', step: '0' },
      ['#SBATCH --mem=768M', 'and for its step: srun --mem=768M ...'],
    ],
    ['ulimit', { kind: 'rlimit', name: 'RLIMIT_AS' }, ['ulimit -v unlimited']],
    ['nobody known', { kind: 'cgroup', path: '/jobs/one' }, []],
  ])('%s', (_, origin, lines) => {
    expect(remediesFor(limited(origin))[1]?.lines).toEqual(lines);
  });

  it('what the service holds by itself becomes the reservation', () => {
    const { lines } = remediesFor(limited(DOCKER, { baseline: 250 * MIB }))[1]!;
    expect(lines.slice(3, 7)).toEqual([
      '      limits:',
      '        memory: 1152M',
      '      reservations:',
      '        memory: 256M',
    ]);
  });

  it.each([
    ['guaranteed', '1152Mi'],
    ['burstable', '256Mi'],
    [null, '1152Mi'],
  ] as const)('Kubernetes, quality of service %s', (quality, request) => {
    const origin: LimitOrigin = { kind: 'kubernetes', level: 'container', quality, pod: null };
    expect(remediesFor(limited(origin, { baseline: 250 * MIB }))[1]?.lines).toEqual([
      "in the pod's template, below the container:",
      '  resources:',
      '    requests:',
      `      memory: ${request}`,
      '    limits:',
      '      memory: 1152Mi',
    ]);
  });
});

it.each([
  [
    'FATAL ERROR: ... JavaScript heap out of memory',
    /V8/,
    ['NODE_OPTIONS=--max-old-space-size=4096 ...'],
  ],
  ['java.lang.OutOfMemoryError: Java heap space', /JVM/, ['JAVA_TOOL_OPTIONS=-Xmx4g ...']],
  ['torch.cuda.OutOfMemoryError: CUDA out of memory.', /GPU/, []],
] as const)('%s: a limit that is the runtime’s own', (line, change, lines) => {
  const complaint = { grade: 'proven', line } as const;
  const found = remediesFor({ ...NEED, cause: 'allocation-failed', complaint });
  expect(found).toHaveLength(2);
  expect(found[1]).toMatchObject({ change: expect.stringMatching(change), lines });
});

it('an allocation refused by a limit of the kernel: a higher one', () => {
  const complaint = { grade: 'proven', line: 'MemoryError' } as const;
  const found = remediesFor({ ...NEED, cause: 'allocation-failed', complaint });
  expect(found[1]?.limit?.bytes).toBe(768 * MIB);
});
