/**
 * @file A real kill for want of memory, of a process that gives way for as long as it can: it is held in the middle of
 * its work (SIGSTOP), for it would see how little is left and end by itself, and a neighbour takes the rest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cgroupUsage, type MemoryGroup } from '#kernel';
import { writeLimit } from './cgroup.ts';

/**
 * Lowers the limit of a group to little more than what is in use, and lets a neighbour that comes into it take more
 * than that. The kernel kills the largest: the process with `pid`, in the group or below it.
 */
export async function starve(pid: number, group: MemoryGroup): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  writeLimit(group, (cgroupUsage(group)?.unreclaimable ?? 0) + LEFT);
  const processes = join(group.folder, 'cgroup.procs');
  const neighbour = spawn('sh', ['-c', NEIGHBOUR, processes, String(4 * LEFT)]);
  await once(neighbour, 'exit');
}

/** bytes */
const LEFT = 6 * 2 ** 20;

/**
 * It stays far smaller than a trainer. With an oom_score_adj as a command has it, it goes before the command's shell
 * where the limit fires again before the trainer's memory is back.
 */
const NEIGHBOUR =
  'echo 500 >/proc/self/oom_score_adj; echo $$ >"$0"; head -c "$1" /dev/zero | tail -c "$1" >/dev/null';
