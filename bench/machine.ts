/** @file What a measurement ran on, by kind and never by name. */
import { cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** who else was at work before we began */
  readonly load: number;
  readonly date: string;
}

export function thisMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    // Without what a distribution or an owner adds to it.
    system: `${type()} ${release().split('-', 1)[0]}`,
    node: process.version,
    load: loadavg()[0] ?? Number.NaN,
    date: new Date().toISOString(),
  };
}

export function machineText({
  cpu,
  cores,
  memoryBytes,
  system,
  node,
  load,
  date,
}: Machine): string {
  const memory = (memoryBytes / 2 ** 30).toFixed(0);
  const where = `${cores} cores (${cpu}), ${memory} GiB, ${system}, Node ${node}`;
  return `${date.slice(0, 10)}, ${where}; load ${load.toFixed(1)} before it began`;
}
