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
  await neighbour(group, 4 * LEFT, AS_A_COMMAND);
}

/** bytes */
const LEFT = 6 * 2 ** 20;

/** It goes before a command's shell where the limit fires again before the trainer's memory is back. */
const AS_A_COMMAND = 500;

/** A process that takes so many bytes in a group, and ends. @param score its oom_score_adj: how soon the kernel takes it */
export async function neighbour(
  { folder }: MemoryGroup,
  bytes: number,
  score: number,
): Promise<void> {
  const args = ['-c', NEIGHBOUR, join(folder, 'cgroup.procs'), String(score), String(bytes)];
  await once(spawn('/bin/sh', args, { stdio: 'ignore' }), 'close');
}

/** Takes nothing where it could not enter. */
const NEIGHBOUR =
  'echo "$1" >/proc/self/oom_score_adj; echo $$ >"$0" && head -c "$2" /dev/zero | tail -c "$2" >/dev/null';
