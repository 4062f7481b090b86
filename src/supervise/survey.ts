/**
 * @file What this machine offers to `plimsoll run`, and what verdicts can therefore prove. Makes a group and
 * removes it again, as an attempt would; changes nothing.
 */
import { bindingLimit, machineMemory, type MachineMemory, memoryCgroup } from '#kernel';
import { existsSync } from 'node:fs';
import { openKernelLog } from './kernel-log.ts';
import { sharesFirstPidNamespace } from './pid-namespace.ts';
import { clearPlace, makePlace } from './place.ts';
import { killersRunning } from './user-space-killers.ts';

export interface Survey {
  /** of the hierarchy that has the memory controller; null where none has */
  readonly cgroup_version: 1 | 2 | null;
  /** the group of this process; null where it cannot be seen */
  readonly cgroup: string | null;
  /** why groups further out cannot be seen; null where all can */
  readonly hidden: string | null;
  /** why no group can be made for a command; null where one can */
  readonly no_group: string | null;
  readonly limit_bytes: number | null;
  readonly limit_from: string;
  readonly limit_used_bytes: number;
  /** why the kernel log cannot be read; null where it can */
  readonly no_kernel_log: string | null;
  readonly same_pids: boolean;
  /** systemd runs this machine, or this container */
  readonly systemd: boolean;
  readonly killers: readonly string[];
  readonly swap_bytes: number;
  readonly memory_bytes: number;
  readonly proves: readonly Proof[];
}

export interface Proof {
  readonly what: string;
  readonly grade: 'proven' | 'likely' | 'not';
  readonly by: string;
}

export async function surveyMachine(): Promise<Survey> {
  const cgroup = memoryCgroup();
  const place = makePlace(`plimsoll-doctor-${process.pid}`, null);
  await clearPlace(place, CLEAR_WITHIN_MS);
  const log = openKernelLog();
  const kernelLog = log.log();
  log.close();
  const limit = bindingLimit({ cgroup });
  const machine: MachineMemory = machineMemory();
  const seen = {
    cgroup_version: cgroup.version,
    cgroup: cgroup.groups[0]?.path ?? null,
    hidden: cgroup.hidden,
    no_group: place.problem,
    limit_bytes: limit.bytes,
    limit_from: limit.from,
    limit_used_bytes: limit.used,
    no_kernel_log: kernelLog.readable ? null : kernelLog.reason,
    same_pids: sharesFirstPidNamespace(),
    systemd: existsSync('/run/systemd/system'), // as sd_booted(3) looks
    killers: killersRunning(),
    swap_bytes: machine.swapTotal,
    memory_bytes: machine.total,
  };
  return { ...seen, proves: proofs(seen) };
}

const CLEAR_WITHIN_MS = 1000;

/** What classify.ts can come to with these sources. Pure. */
export function proofs(seen: Omit<Survey, 'proves'>): Proof[] {
  const counters = seen.no_group === null;
  const log = seen.no_kernel_log === null;
  const source = [...(counters ? ['counters'] : []), ...(log ? ['the kernel log'] : [])].join(
    ' and ',
  );
  const known = counters || log;
  const around = seen.hidden === null || log;
  return [
    {
      what: 'a limit of its own (--memory) is enforced, and a kill by it is told',
      grade: counters ? 'proven' : 'not',
      by: counters ? source : 'no control group can be made',
    },
    {
      what: 'a kill by a limit around it is told, and whose limit it was',
      grade: known && around ? 'proven' : known ? 'likely' : 'not',
      by: known ? source : 'neither counters nor the kernel log can be read',
    },
    {
      what: 'a kill -9 by somebody is told from a kill for memory',
      grade: known ? 'proven' : 'not',
      by: known ? source : 'a signal alone tells nothing',
    },
    {
      what: 'which of several processes was killed',
      grade: log && seen.same_pids ? 'proven' : counters ? 'likely' : 'not',
      by:
        log && seen.same_pids
          ? 'the kernel log'
          : 'process ids of the kernel log cannot be used here',
    },
  ];
}
