/**
 * @file What a process and those that it started hold, where no control group counts it. Misses a process
 * whose parent has ended: it belongs to init then, and nothing tells whose it was.
 */
import { readdirSync } from 'node:fs';
import { kibibytes, processStatus, readText } from '#kernel';

/** From this part of the limit on shared pages are told apart. */
const EXACT_FROM = 0.75;
/** That walks the page tables of each process: some milliseconds a gigabyte. */
const EXACT_EVERY_MS = 1000;

/**
 * What to call at each look: bytes that the kernel cannot take back, of all of the tree.
 *
 * A fork shares its parent's pages until one of them writes, and each counts them as its own. Near `limit`
 * what is counted more than once is measured, once a second, and comes off.
 */
export function watchTree(pid: number, limit: number): () => number {
  let twice = 0;
  let measured = Number.NEGATIVE_INFINITY;
  return () => {
    const pids = treeOf(pid);
    const all = sum(pids, (each) => processStatus(each)?.unreclaimable ?? 0);
    const now = performance.now();
    if (pids.length > 1 && all >= EXACT_FROM * limit && now - measured >= EXACT_EVERY_MS) {
      twice = sum(pids, (each) => countedTwice(each));
      measured = now;
    }
    return Math.max(all - twice, 0);
  };
}

/** The process and all below it. Empty files of names (no CONFIG_PROC_CHILDREN) leave the process alone. */
export function treeOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    (readText(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it ended
  }
}

/** Of its pages the shares of others: a page that n processes have mapped is 1/n in each (Pss; proc(5)). */
function countedTwice(pid: number): number {
  const status = processStatus(pid);
  const field = kibibytes(readText(`/proc/${pid}/smaps_rollup`) ?? '');
  const [anonymous, shared] = [field('Pss_Anon'), field('Pss_Shmem')]; // since Linux 5.4
  if (!status || anonymous === null || shared === null) return 0;
  return Math.max(status.anonymous + status.shared - anonymous - shared, 0);
}

function sum(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + of(pid), 0);
}
