/** @file The lines on which a verdict rests, each with its source; and what could not be read. Pure. */
import { formatBytes } from '#base';
import type { CgroupCounters } from '#kernel';
import type { Facts } from './facts.ts';
import { endUnknown, type Reading, unread, wasReached } from './reading.ts';

export function evidenceOf(reading: Reading): string[] {
  const { facts, logged, nameless, complaint } = reading;
  return [
    ...(facts.asked ? [`plimsoll: ${askedText(facts.asked)}`] : []),
    ...facts.guard.map(guardLine),
    `end: ${endText(facts)}`,
    ...counterLines(reading),
    ...[...logged, ...nameless]
      .flatMap(({ lines }) => lines.map((line) => `kernel log: ${line}`))
      .slice(0, MOST_LOGGED),
    ...facts.killerLines.map((line) => `system log: ${line}`),
    ...(complaint && facts.exitCode !== 0 ? [`output: ${complaint.line}`] : []),
    ...sampleLines(facts),
  ];
}

/** Of many processes killed, the first show enough. */
const MOST_LOGGED = 12;

function askedText(asked: NonNullable<Facts['asked']>): string {
  if (asked.kind === 'timed-out') {
    return `--timeout of ${asked.seconds} s was over; sent ${asked.signal}`;
  }
  if (asked.kind === 'stopped') return `was asked to cancel it; sent ${asked.signal}`;
  return asked.kind === 'guard'
    ? `memory ran short; sent ${asked.signal}, as --on-pressure kill asks`
    : `was sent ${asked.signal}, and passed it on ${asked.secondsBefore.toFixed(1)} s before the end${asked.ignored ? '; the command ignored it' : ''}`;
}

function guardLine({ what, seconds, load }: Facts['guard'][number]): string {
  const { unreclaimable, limit, from } = load;
  return `guard: ${what} at ${formatBytes(unreclaimable)} of ${formatBytes(limit)} (${from}) after ${seconds.toFixed(1)} s`;
}

function endText(facts: Facts): string {
  const { exitCode, signal, seconds, unwatchedSeconds: unwatched } = facts;
  const known = exitCode === null ? `${signal}` : `exit code ${exitCode}`;
  const how = endUnknown(facts) ? 'nothing tells how' : known;
  const later = unwatched > 0 ? `, or up to ${unwatched.toFixed(1)} s later: nobody watched` : '';
  return `${how} after ${seconds.toFixed(1)} s${later}`;
}

/**
 * Of each group what rose; of the attempt's own also that no kill was counted, where the end looks like
 * one: that is what then speaks against the kernel.
 */
function counterLines({ facts }: Reading): string[] {
  const kill = facts.signal === 'SIGKILL' || facts.exitCode === 137;
  return facts.groups.flatMap((group, i) =>
    (group.version === 2 ? COUNTERS_V2 : COUNTERS_V1).flatMap(({ file, of, tellsOfKill }) => {
      const [from, to] = [group.before && of(group.before), group.after && of(group.after)];
      if (from === null || to === null) return [];
      const telling = to !== from || (kill && tellsOfKill && i === 0);
      // Hits of a limit outside tell of the attempt only where something was killed.
      const ours = i === 0 || tellsOfKill || wasReached(group);
      return telling && ours ? [`counter: ${file} of ${group.path}: ${from} -> ${to}`] : [];
    }),
  );
}

interface CounterRow {
  readonly file: string;
  readonly of: (counters: CgroupCounters) => number | null;
  readonly tellsOfKill: boolean;
}

const COUNTERS_V1: readonly CounterRow[] = [
  { file: 'memory.oom_control oom_kill', of: ({ own }) => own.kills, tellsOfKill: true },
  { file: 'memory.failcnt', of: ({ own }) => own.limitHits, tellsOfKill: false },
];

const COUNTERS_V2: readonly CounterRow[] = [
  { file: 'memory.events oom_kill', of: ({ subtree }) => subtree.kills, tellsOfKill: true },
  { file: 'memory.events.local oom_kill', of: ({ own }) => own.kills, tellsOfKill: false },
  { file: 'memory.events.local oom', of: ({ own }) => own.ooms, tellsOfKill: false },
  {
    file: 'memory.events.local oom_group_kill',
    of: ({ own }) => own.groupKills,
    tellsOfKill: false,
  },
  { file: 'memory.events.local max', of: ({ own }) => own.limitHits, tellsOfKill: false },
];

function sampleLines({ last, seconds, limit }: Facts): string[] {
  if (!last) return [];
  const ago = Math.max(seconds - last.seconds, 0).toFixed(2);
  const of = limit.bytes === null ? '' : ` of ${formatBytes(limit.bytes)}`;
  return [
    `last sample: ${ago} s before the end, ${formatBytes(last.unreclaimable)}${of} that the kernel cannot take back, ${formatBytes(last.file)} of files`,
  ];
}

export function missingOf({ facts, kills, firedBeside }: Reading): string[] {
  const { noGroup, leftGroup, hidden, kernelLog, groups, killersRunning, lost } = facts;
  return [
    ...(noGroup === null ? [] : [`a control group of its own: ${noGroup}`]),
    ...(leftGroup
      ? ['what its control group counted to the end: the command left it, or it was removed']
      : []),
    ...(hidden === null ? [] : [`the control groups further out: ${hidden}`]),
    ...groups.filter(unread).map(({ path }) => `the counters of ${path}: they could not be read`),
    ...logGap(kernelLog),
    ...(facts.samePids || !kernelLog.readable
      ? []
      : ['process ids of the kernel log: this process is in a namespace of its own']),
    ...killersRunning.map((name) => `what ${name}, which runs here, did: only its log tells`),
    ...lost,
    ...(kills === null
      ? [firedBeside ? WHOSE_KILL : 'so whether the kernel killed for memory cannot be told']
      : []),
  ];
}

const WHOSE_KILL =
  'so whether the kill that its group counted was of this command, or of another in that group, cannot be told';

function logGap(log: Facts['kernelLog']): string[] {
  const problem = log.readable ? log.gap : log.reason;
  return problem === null ? [] : [`the kernel log: ${problem}`];
}
