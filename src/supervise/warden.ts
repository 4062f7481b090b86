/**
 * @file Who ends the command when plimsoll itself is killed (SIGKILL, or the kernel for want of memory): a shell
 * that waits on a pipe from us. Our end closes it, however that comes about.
 *
 * Not PR_SET_PDEATHSIG, which reaches the main process only, and leaves the group. A weak point: whoever kills
 * the shell too leaves the command unwatched.
 */
import { spawn } from 'node:child_process';
import type { MemoryGroup } from '#kernel';

/** It waits for a line: the end of the pipe without one is ours. Then the group goes, or the process group. */
const SCRIPT = `
read -r line && exit
[ -n "$1" ] || kill -9 -- "-$2"
tries=0
while [ -d "$1" ] && [ "$tries" -lt 600 ]; do
  find "$1" -depth -type d | while read -r each; do
    for pid in $(cat "$each/cgroup.procs"); do kill -9 "$pid"; done
    rmdir "$each"
  done
  tries=$((tries + 1))
  sleep 0.05
done`;

/**
 * @param pid leads the command's process group, for where it has no control group
 * @returns what sends it away, once all is cleared
 */
export function startWarden(own: MemoryGroup | null, pid: number): () => void {
  const words = ['-c', SCRIPT, 'plimsoll-warden', own?.folder ?? '', String(pid)];
  // In a session of its own: what a terminal sends to us must not end it.
  const shell = spawn('/bin/sh', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', () => {}); // no shell to be had: then it is as without a warden
  shell.stdin.on('error', () => {}); // somebody has killed it
  shell.unref();
  return () => shell.stdin.end('done\n');
}
