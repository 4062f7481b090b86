/**
 * @file How much of the machine other work took during a measurement. It decides whether a figure can
 * be believed: OpenMP's threads spin while they wait for each other, so on a busy machine the
 * reference slows down many times more than its share of the cores.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Share of all cores (0 to 1) that neither this process nor any that it started used, since now. */
export function watchOtherWork(): () => number {
  const before = cpuSeconds();
  const started = performance.now();
  return () => {
    const after = cpuSeconds();
    const others = after.machine - before.machine - (after.own - before.own);
    return Math.max(0, others / ((performance.now() - started) / 1000) / cpus().length);
  };
}

/** Of the whole machine (proc_stat(5)), and of this process and its family, those that were waited for included. */
function cpuSeconds(): { readonly machine: number; readonly own: number } {
  const total = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/) ?? [];
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = total.slice(1).map(Number);
  return {
    machine: sum([user, nice, system, interrupts, softInterrupts, stolen]) / TICKS,
    own: ticksOfFamily(process.pid) / TICKS,
  };
}

/** Of a process and all that it started, whichever of its threads did. */
function ticksOfFamily(pid: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(statOf);
  const ticks = (of: number): number =>
    sum(
      all.map((each) => (each.pid === of ? each.ticks : each.parent === of ? ticks(each.pid) : 0)),
    );
  return ticks(pid);
}

function statOf(pid: string): { pid: number; parent: number; ticks: number }[] {
  try {
    // After the process's name, which may hold spaces: ppid is 2nd; utime, stime, cutime, cstime are 12th to 15th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = sum(fields.slice(11, 15).map(Number));
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks }];
  } catch {
    return []; // it has ended, and its parent has its ticks
  }
}

/** Ticks a second: USER_HZ, which Linux fixes at 100 for all that it tells programs. */
const TICKS = 100;

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
