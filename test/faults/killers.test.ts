/**
 * @file Killers in user space. earlyoom itself runs in a PID namespace, where it can see and kill nothing but
 * what a test started, and in which plimsoll is process 1, which it never kills; that memory is short is only
 * what /proc/meminfo says in there. Its log is a file, or the journal of a systemd-journald in the same place.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { cgroupsUnavailable } from '../cgroup.ts';
import { killIt } from './cases.ts';
import { BUILT, C, PYTHON } from './programs.ts';
import { IN_ROUNDS } from './rounds.ts';
import { type Scene, supervised } from './supervised.ts';

vi.setConfig({ testTimeout: 60_000 });
afterAll(() => rmSync(BUILT, { recursive: true }));

const LOG = join(BUILT, 'syslog');
const MEMINFO = join(BUILT, 'meminfo');
const JOURNALD = '/lib/systemd/systemd-journald';
const unavailable = cgroupsUnavailable() ?? (C === null ? 'no C compiler is here' : null);
const noEarlyoom = spawnSync('earlyoom', ['-v']).status === 0 ? null : 'earlyoom is not here';
const noJournal = existsSync(JOURNALD) ? null : 'systemd-journald is not here';

const c = (...words: string[]) => [...(C ?? []), ...words];
/** Digits of a number of KiB. */
const WIDEST = 15;

/** The machine's own, with as little as that, in per cent of the whole. Always of one length. */
function meminfo(available: number): string {
  const text = readFileSync('/proc/meminfo', 'utf8');
  const total = Number(/^MemTotal:\s+(\d+)/m.exec(text)?.[1]);
  return text.replace(
    /^(MemAvailable:\s+)\d+/m,
    (_, head) => head + String(Math.floor((available / 100) * total)).padStart(WIDEST),
  );
}
/** Below 10% it sends SIGTERM, below 5% SIGKILL; it looks once a second at least. */
const EARLYOOM = 'earlyoom -r 0 -m 10,5 --prefer "^(fault|python.*)$"';
const LOG_THERE = `mount -t tmpfs none /var/log && touch ${LOG} /var/log/syslog && mount --bind ${LOG} /var/log/syslog`;
const MEMINFO_THERE = `mount --bind ${MEMINFO} /proc/meminfo`;

const alone = (script: string) => {
  writeFileSync(LOG, '');
  writeFileSync(MEMINFO, meminfo(90));
  return `exec unshare --pid --fork --kill-child --mount-proc sh -ec '${script}; exec "$@"' sh "$@"`;
};
/** In per cent of the machine's. */
const memoryRunsShort =
  (available: number): NonNullable<Scene['act']> =>
  () =>
    overwrite(MEMINFO, meminfo(available));

/** As long as what was there, and at once: earlyoom gives up for good when it reads half of a file. */
function overwrite(file: string, text: string): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, text, 0);
  closeSync(fd);
}

describe.skipIf(unavailable !== null)(`earlyoom (${unavailable ?? 'itself'})`, IN_ROUNDS, () => {
  const inFile = `${LOG_THERE}; ${MEMINFO_THERE}; ${EARLYOOM} >/var/log/syslog 2>&1 &`;

  it('kills, and its log is a file', async ({ skip }) => {
    skip(noEarlyoom !== null, noEarlyoom ?? '');
    const { verdict } = await supervised(c('stay', '20'), {
      enter: alone(`${inFile} true`),
      act: memoryRunsShort(1),
    });
    expect(verdict).toMatchObject({ cause: 'oom-user-space', grade: 'proven', signal: 'SIGKILL' });
    expect(verdict.evidence.join('\n')).toMatch(/^system log: .*sending SIGKILL to process/m);
  });

  it('asks a program to end, which exits in its own way', async ({ skip }) => {
    skip(noEarlyoom !== null, noEarlyoom ?? '');
    skip(PYTHON === null, 'Python is not here');
    const { verdict } = await supervised([...(PYTHON ?? []), 'saves', '3'], {
      enter: alone(`${inFile} true`),
      act: memoryRunsShort(8),
    });
    expect(verdict).toMatchObject({ cause: 'oom-user-space', grade: 'likely', exit_code: 3 });
  });

  it('kills, and its log is the journal', async ({ skip }) => {
    skip(noEarlyoom !== null, noEarlyoom ?? '');
    skip(noJournal !== null, noJournal ?? '');
    const journal = `mount -t tmpfs none /run; mkdir -p /run/systemd/journal; ${JOURNALD} & while [ ! -S /run/systemd/journal/stdout ]; do sleep 0.05; done; systemd-cat -t earlyoom ${EARLYOOM} &`;
    const { verdict } = await supervised(c('stay', '20'), {
      enter: alone(`mount -t tmpfs none /var/log; ${MEMINFO_THERE}; ${journal} true`),
      act: memoryRunsShort(1),
    });
    expect(verdict).toMatchObject({ cause: 'oom-user-space', grade: 'proven', signal: 'SIGKILL' });
    expect(verdict.evidence.join('\n')).toMatch(/^system log: sending SIGKILL to process/m);
  });
});

describe.skipIf(unavailable !== null)('a sender of SIGKILL that imitates it', IN_ROUNDS, () => {
  const enter = `exec unshare --mount sh -ec '${LOG_THERE}; exec "$@"' sh "$@"`;

  it('with its line in the log', async () => {
    writeFileSync(LOG, 'earlyoom[7]: sending SIGKILL to process 1 uid 0 "other"\n');
    const { verdict } = await supervised(c('stay', '10'), {
      enter,
      act: (seen) => {
        const line = `sending SIGKILL to process ${seen.pid} uid 0 "fault": badness 900, VmRSS 11 MiB`;
        appendFileSync(LOG, `Jan  1 00:00:00 host earlyoom[7]: ${line}\n`);
        return killIt(seen);
      },
    });
    expect(verdict).toMatchObject({ cause: 'oom-user-space', grade: 'proven' });
  });

  it('without a line, while one of its name runs', async () => {
    const { verdict } = await supervised(c('stay', '10'), {
      enter: alone(`${BUILT}/earlyoom stay 1 >/dev/null & true`),
      act: ({ plimsoll }) => killInside(plimsoll.pid!),
    });
    expect(verdict).toMatchObject({ cause: 'killed', grade: 'likely' });
    expect(verdict.missing.join('\n')).toMatch(/what earlyoom, which runs here, did/);
  });

  it('without a line, while one of its name runs that cannot see the command', async () => {
    const shutIn = `unshare --pid --fork --kill-child ${BUILT}/earlyoom stay 1 >/dev/null &`;
    const { verdict } = await supervised(c('stay', '10'), {
      enter: alone(`${shutIn} sleep 0.5`),
      act: ({ plimsoll }) => killInside(plimsoll.pid!),
    });
    expect(verdict).toMatchObject({ cause: 'killed', grade: 'proven' });
  });

  it('without a line, and none runs', async () => {
    const { verdict } = await supervised(c('stay', '10'), {
      enter: alone('true'),
      act: ({ plimsoll }) => killInside(plimsoll.pid!),
    });
    expect(verdict).toMatchObject({ cause: 'killed', grade: 'proven' });
  });
});

if (C !== null) copyFileSync(C[0]!, join(BUILT, 'earlyoom'));

/** SIGKILL to the command alone, which has another process id out here: by its name, below `pid`. */
function killInside(pid: number): void {
  const { status } = spawnSync('sh', [
    '-c',
    'for p in $(cat /proc/"$1"/task/*/children); do for q in $(cat /proc/$p/task/*/children); do [ "$(cat /proc/$q/comm)" = fault ] && kill -9 $q && exit; done; done; exit 1',
    'sh',
    String(pid),
  ]);
  if (status !== 0) throw new Error('expected the command below plimsoll, found none');
}
