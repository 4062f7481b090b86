/**
 * @file What this machine offers to `plimsoll run`, and what verdicts can therefore prove. Makes a group and
 * removes it again, as an attempt would; changes nothing.
 */
import {
  bindingLimit,
  cgroupCounters,
  machineMemory,
  type MachineMemory,
  memoryCgroup,
  pressure,
} from '#kernel';
import type { MachineSurvey } from '#protocol';
import { openKernelLog } from './kernel-log.ts';
import { leftGroups } from './left-groups.ts';
import { originOfLimit } from './limit-origin.ts';
import { ownContainer } from './own-container.ts';
import { sharesFirstPidNamespace } from './pid-namespace.ts';
import { clearPlace, makePlace } from './place.ts';
import { scopeHere, systemdRuns } from './scope-here.ts';
import { killerLogs, killersHere } from './user-space-killers.ts';

export async function surveyMachine(): Promise<MachineSurvey> {
  const cgroup = memoryCgroup();
  const [own] = cgroup.groups;
  const place = makePlace(`plimsoll-doctor-${process.pid}`, null);
  const scope = scopeHere(place);
  await clearPlace(place, CLEAR_WITHIN_MS);
  const log = openKernelLog();
  const kernelLog = log.log();
  log.close();
  const limit = bindingLimit({ cgroup });
  const machine: MachineMemory = machineMemory();
  const counted = own ? cgroupCounters(own) : null;
  const seen = {
    cgroup_version: cgroup.version,
    cgroup: own?.path ?? null,
    hidden: cgroup.hidden,
    no_group: place.problem,
    counters: (counted?.own.kills ?? counted?.subtree.kills ?? null) !== null,
    scope: place.own === null ? scope.manager : null,
    no_scope: scope.manager === null ? scope.reason : null,
    limit_bytes: limit.bytes,
    limit_from: limit.from,
    limit_origin: originOfLimit(limit, { hidden: cgroup.hidden, container: ownContainer() }),
    limit_used_bytes: limit.used,
    throttle_bytes: limit.throttle?.bytes ?? null,
    throttle_from: limit.throttle?.from ?? null,
    oom_group: counted?.killsWholeGroup ?? null,
    machine_pressure: pressure('machine') !== null,
    group_pressure: own !== undefined && pressure(own) !== null,
    no_kernel_log: kernelLog.readable ? null : kernelLog.reason,
    same_pids: sharesFirstPidNamespace(),
    systemd: systemdRuns(),
    killers: killersHere(),
    killer_logs: killerLogs(),
    swap_bytes: machine.swapTotal,
    memory_bytes: machine.total,
    left_groups: leftGroups(cgroup),
  };
  return { ...seen, proves: proofs(seen) };
}

const CLEAR_WITHIN_MS = 1000;

/** What classify.ts can come to with these sources. Pure. */
export function proofs(seen: Omit<MachineSurvey, 'proves'>): MachineSurvey['proves'] {
  const own = seen.no_group === null;
  // Of a command without a group of its own the log has nothing but the process id.
  const log = seen.no_kernel_log === null && (own || seen.same_pids);
  const shared = !own && seen.counters;
  const source = [...(own ? ['counters'] : []), ...(log ? ['the kernel log'] : [])].join(' and ');
  const known = own || log;
  const around = seen.hidden === null || log;
  const killersTold = seen.killer_logs.length > 0 ? 'proven' : 'not';
  return [
    {
      what: 'a limit of its own (--memory) is enforced, and a kill by it is told',
      grade: own ? 'proven' : 'not',
      by: own ? source : 'no control group can be made',
    },
    {
      what: 'a kill by a limit around it is told, and whose limit it was',
      grade: known && around ? 'proven' : known || shared ? 'likely' : 'not',
      by: known
        ? source
        : shared
          ? 'counters of a group that it shares: somebody in there was killed'
          : 'neither counters nor the kernel log can be read',
    },
    {
      what: 'a kill -9 by somebody is told from a kill for memory',
      grade: known ? 'proven' : shared ? 'likely' : 'not',
      by: known
        ? source
        : shared
          ? 'counters of a group that it shares: proven where they count no kill'
          : 'a signal alone tells nothing',
    },
    {
      what: 'which of several processes was killed',
      grade: log && seen.same_pids ? 'proven' : own ? 'likely' : 'not',
      by:
        log && seen.same_pids
          ? 'the kernel log'
          : 'process ids of the kernel log cannot be used here',
    },
    {
      what: 'a kill by earlyoom, systemd-oomd or nohang is told from others',
      grade: seen.killers.length === 0 ? (seen.same_pids ? 'proven' : 'likely') : killersTold,
      by: killersBy(seen),
    },
  ];
}

function killersBy({
  killers,
  killer_logs: logs,
  same_pids: all,
}: Omit<MachineSurvey, 'proves'>): string {
  if (killers.length > 0) return logs.length > 0 ? logs.join(', ') : 'no log of theirs can be read';
  return all ? 'none runs' : 'none is seen, but one outside of this process namespace would not be';
}
