/**
 * @file What the kernel logs of an OOM kill (mm/oom_kill.c: dump_oom_victim, __oom_kill_process), as facts.
 *
 * `oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=<whose limit>,task_memcg=<the victim's>,task=node,pid=7,uid=0`
 * (Linux 4.19), then a line `Memory cgroup out of memory: Killed process 7 (node) total-vm:..., anon-rss:...`
 * for each process that dies with it (memory.oom.group).
 */

export interface OomKill {
  /**
   * CONSTRAINT_MEMCG: a limit of a cgroup; _NONE: the machine; _CPUSET, _MEMORY_POLICY: a part of it. Null where
   * the kernel left that line out: it prints ten in five seconds at the most, but names every victim.
   */
  readonly constraint: string | null;
  /** path of the group whose limit it was, from the hierarchy's root; null where it was none, or is not told */
  readonly limitGroup: string | null;
  /** path of the victim's group; empty where it is not told */
  readonly group: string;
  /** process ids as the machine's first namespace has them */
  readonly pids: readonly number[];
  readonly lines: readonly string[];
}

/** The text of a record of /dev/kmsg, where it tells of an OOM kill. */
export function oomLine(record: string): string | null {
  const line = record.slice(record.indexOf(';') + 1).split('\n', 1)[0] ?? '';
  return /oom-kill:constraint=|Killed process \d+|memory\.oom\.group/.test(line) ? line : null;
}

/** Only with memory.oom.group do several processes die of one kill. */
const isOfGroup = (line: string): boolean => line.includes('memory.oom.group');

/** Lines in the order in which they were logged. */
export function parseOomKills(lines: readonly string[]): OomKill[] {
  const kills: OomKill[] = [];
  for (const line of lines) {
    const fields =
      /oom-kill:constraint=(\w+).*?(?:,oom_memcg=(.*?))?(?:,global_oom)?,task_memcg=(.*),task=.*,pid=(\d+),uid=/.exec(
        line,
      );
    if (fields) {
      const [, constraint = '', limitGroup, group = '', pid] = fields;
      kills.push({
        constraint,
        limitGroup: limitGroup ?? null,
        group,
        pids: [Number(pid)],
        lines: [line],
      });
      continue;
    }
    const last = kills.at(-1);
    const pid = Number(/Killed process (\d+)/.exec(line)?.[1] ?? Number.NaN);
    const told = last?.pids.includes(pid) || last?.lines.some(isOfGroup) || isOfGroup(line);
    if (last && told) {
      const pids = Number.isNaN(pid) || last.pids.includes(pid) ? last.pids : [...last.pids, pid];
      kills[kills.length - 1] = { ...last, pids, lines: [...last.lines, line] };
    } else if (!Number.isNaN(pid)) {
      kills.push({ constraint: null, limitGroup: null, group: '', pids: [pid], lines: [line] });
    }
  }
  return kills;
}
