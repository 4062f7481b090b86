/**
 * @file How much of the machine other work took during a measurement. It decides whether a figure can
 * be believed: OpenMP's threads spin while they wait for each other, so on a busy machine the
 * reference slows down many times more than its share of the cores.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Share of all cores (0 to 1) that neither this process nor its ended children used, since now. */
export function watchOtherWork(): () => number {
  const before = cpuSeconds();
  const started = performance.now();
  return () => {
    const after = cpuSeconds();
    const others = after.machine - before.machine - (after.own - before.own);
    return Math.max(0, others / ((performance.now() - started) / 1000) / cpus().length);
  };
}

/** Of the whole machine (proc_stat(5)), and of this process and the children it waited for. */
function cpuSeconds(): { readonly machine: number; readonly own: number } {
  const total = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/) ?? [];
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = total.slice(1).map(Number);
  // After the process's name, which may hold spaces: utime, stime, cutime, cstime are 12th to 15th.
  const self = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return {
    machine: sum([user, nice, system, interrupts, softInterrupts, stolen]) / TICKS,
    own: sum(self.slice(11, 15).map(Number)) / TICKS,
  };
}

/** Ticks a second: USER_HZ, which Linux fixes at 100 for all that it tells programs. */
const TICKS = 100;

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
