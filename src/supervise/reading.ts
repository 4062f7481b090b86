/**
 * @file What the facts say when they are put together: how many OOM kills, whose limit, who was the victim.
 * Each is null where it cannot be known, which is not the same as none.
 */
import { basename } from 'node:path';
import type { Grade } from '#protocol';
import { type Complaint, complaintIn } from './complaints.ts';
import type { Facts, GroupFacts } from './facts.ts';
import type { OomKill } from './oom-kills.ts';

export interface Reading {
  readonly facts: Facts;
  /** OOM kills of processes of the attempt, by any of the kernel's OOM killers */
  readonly kills: number | null;
  /** of those, what the kernel's log tells */
  readonly logged: readonly OomKill[];
  /** those whose group the log left out: ours are among them, where as many are counted and none is in `logged` */
  readonly nameless: readonly OomKill[];
  /** what made the kernel kill; null where it did not, or nothing is known of it */
  readonly fired: Fired | null;
  /**
   * SIGKILL, and a group that the attempt shares with others counted a kill while it ran: whose, nothing tells. So its
   * grade is never `proven`; null where that is not so, or the log knows more
   */
  readonly firedBeside: Fired | null;
  /** whether the main process was one of the victims */
  readonly mainWasVictim: boolean | null;
  readonly complaint: Complaint | null;
  /** the last sample was close below the limit */
  readonly nearLimit: boolean;
}

export interface Fired {
  readonly limit: 'own' | 'ancestor' | 'machine';
  /** null for the machine, and for a group that cannot be seen */
  readonly group: GroupFacts | null;
  readonly grade: Grade;
}

/** Between two samples a program allocates; what is nearer than that may have been at the limit. */
const NEAR = 0.9;

export function readingOf(facts: Facts): Reading {
  const logged = loggedKills(facts);
  const kills = killsOf(facts, logged);
  const nameless = namelessKills(facts, kills, logged);
  const { last, limit } = facts;
  const nearLimit =
    last !== null &&
    limit.bytes !== null &&
    limit.baseline + last.unreclaimable >= NEAR * limit.bytes;
  return {
    facts,
    kills,
    logged,
    nameless,
    fired:
      kills === null || kills === 0 ? null : (firedByLog(facts, logged) ?? firedByCounters(facts)),
    firedBeside: kills === null ? firedBeside(facts, nearLimit) : null,
    mainWasVictim: mainWasVictim(facts, kills, [...logged, ...nameless]),
    complaint: complaintIn(facts.output),
    nearLimit,
  };
}

/** By the group's name, which no other has, and by the main process's id, where that is the log's. */
function loggedKills({ kernelLog, groups, noGroup, samePids, pid }: Facts): OomKill[] {
  if (!kernelLog.readable) return [];
  const name = noGroup === null ? nameOf(groups) : null;
  return kernelLog.kills.filter(
    ({ group, pids }) =>
      (name !== null && segments(group).includes(name)) || (samePids && pids.includes(pid)),
  );
}

function killsOf(facts: Facts, logged: readonly OomKill[]): number | null {
  const { kernelLog, noGroup, leftGroup, samePids, signal } = facts;
  const counted = countedKills(facts);
  if (counted !== null || logged.length > 0) return Math.max(counted ?? 0, logged.length);
  // That the log is silent says something only where all was read, and it would have named what was killed.
  const byName = noGroup === null && !leftGroup;
  const byPid = samePids && signal === 'SIGKILL';
  const whole = kernelLog.readable && kernelLog.gap === null;
  return whole && (byName || byPid) ? 0 : null;
}

/** Every victim has its line in a log that was read whole; fewer than were counted could not tell who died. */
function namelessKills(
  { kernelLog, samePids }: Facts,
  kills: number | null,
  logged: readonly OomKill[],
): OomKill[] {
  if (kills === null || kills === 0 || logged.length > 0 || !samePids) return [];
  if (!kernelLog.readable || kernelLog.gap !== null) return [];
  const nameless = kernelLog.kills.filter(({ group }) => group === '');
  return nameless.length >= kills ? nameless : [];
}

/**
 * A group that the attempt shares counts the kills of others too: only "none" can be trusted there. One that
 * it has left no longer counts its kills: "none" cannot.
 */
function countedKills({ groups, noGroup, leftGroup }: Facts): number | null {
  const [own] = groups;
  const kills = own ? risen(own, killsIn) : null;
  if (noGroup !== null) return kills === 0 ? 0 : null;
  return leftGroup && kills === 0 ? null : kills;
}

function killsIn({ own, subtree }: NonNullable<GroupFacts['after']>): number | null {
  return subtree.kills ?? own.kills; // version 1 counts the group alone
}

function firedByLog(facts: Facts, logged: readonly OomKill[]): Fired | null {
  const kill =
    logged.findLast(({ pids }) => facts.samePids && pids.includes(facts.pid)) ?? logged.at(-1);
  if (!kill || kill.constraint === null) return null;
  if (kill.limitGroup === null) return { limit: 'machine', group: null, grade: 'proven' };
  // Paths of the log begin at the hierarchy's root, ours perhaps at a namespace's: only steps compare.
  const path = segments(kill.group);
  if (facts.noGroup === null && !path.includes(nameOf(facts.groups))) {
    // It had been moved: the group may be one of those that we look at, or any other.
    const group = facts.groups.find(({ path: each }) => each === kill.limitGroup) ?? null;
    return { limit: 'ancestor', group, grade: 'proven' };
  }
  const depth = facts.noGroup === null ? path.indexOf(nameOf(facts.groups)) + 1 : path.length;
  const outwards = depth - segments(kill.limitGroup).length;
  const group = facts.groups[Math.max(outwards, 0)] ?? null;
  const own = facts.noGroup === null && outwards <= 0; // below zero: a group that the command made
  return { limit: own ? 'own' : 'ancestor', group, grade: 'proven' };
}

function firedByCounters({ groups, noGroup, hidden }: Facts): Fired {
  const reached = groups.filter(wasReached);
  const [group] = reached;
  if (!group) {
    const complete = hidden === null && !groups.some(unread);
    return complete
      ? { limit: 'machine', group: null, grade: 'proven' }
      : { limit: 'ancestor', group: null, grade: 'possible' };
  }
  const own = noGroup === null && group === groups[0];
  // Version 1 counts a limit as hit when pages of files had to go, too: of several, the innermost.
  return {
    limit: own ? 'own' : 'ancestor',
    group,
    grade: reached.length === 1 ? 'proven' : 'likely',
  };
}

/** Likely where it was near a limit that was reached; the kill may have been of any other, hours before. */
function firedBeside(facts: Facts, nearLimit: boolean): Fired | null {
  const { groups, noGroup, signal, asked } = facts;
  const [shared] = groups;
  if (noGroup === null || signal !== 'SIGKILL' || asked !== null || !shared) return null;
  if ((risen(shared, killsIn) ?? 0) === 0) return null;
  const fired = firedByCounters(facts);
  return { ...fired, grade: fired.group && nearLimit ? 'likely' : 'possible' };
}

/** That nothing could be taken back under it (version 2), or that it was hit at all (version 1). */
export function wasReached(group: GroupFacts): boolean {
  if (group.limit === null) return false;
  const times = risen(group, ({ own }) => (group.version === 2 ? own.ooms : own.limitHits));
  if (times !== null && times > 0) return true;
  // Where memory and swap are limited together, failcnt stays 0: see kernel/cgroup-counters.ts.
  return group.version === 1 && (group.after?.peakCharged ?? 0) >= group.limit;
}

/** By how much a counter rose; null where it is not known both before and after. */
export function risen(
  { before, after }: GroupFacts,
  counter: (counters: NonNullable<GroupFacts['after']>) => number | null,
): number | null {
  const [from, to] = [before && counter(before), after && counter(after)];
  return from === null || to === null ? null : to - from;
}

/** Only what has a limit can be reached, and the attempt's own group is where kills are counted. */
export function unread({ limit, before, after }: GroupFacts, i: number): boolean {
  return (i === 0 || limit !== null) && (before === null || after === null);
}

function mainWasVictim(
  facts: Facts,
  kills: number | null,
  victims: readonly OomKill[],
): boolean | null {
  if (kills === 0 || !(facts.signal === 'SIGKILL' || endUnknown(facts))) return false;
  const { groups, samePids, pid, mostProcesses } = facts;
  if (victims.length > 0 && samePids) return victims.some(({ pids }) => pids.includes(pid));
  const wholeGroup = groups[0] ? risen(groups[0], ({ own }) => own.groupKills) : null;
  if (wholeGroup !== null && wholeGroup > 0) return true;
  return kills === 1 && mostProcesses === 1 ? true : null; // nobody else was seen there
}

/** Nobody was there to be told: it ended while no supervisor watched, and what kept its status is gone too. */
export function endUnknown({ exitCode, signal }: Pick<Facts, 'exitCode' | 'signal'>): boolean {
  return exitCode === null && signal === null;
}

function nameOf([own]: Facts['groups']): string {
  return own ? basename(own.path) : '';
}

function segments(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
