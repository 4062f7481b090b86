/** @file Weights that stay in their files: what a graph reads of them, and what the kernel reads around that. */
import { storedBytes } from '#base';
import type { Graph } from '#grad';
import type { Plan } from '#protocol';
import { WORKING_FILE_BYTES } from './runtime-floor.ts';
import type { Subject } from './step-memory.ts';

/** Of the weights that a graph multiplies by: what lies in files, as it lies there. */
export function mappedBytes({ storageOf, trainable }: Subject, graph: Graph): number {
  return graph.weights
    .filter(({ params }) => !trainable(params.name))
    .reduce((sum, { params: { name, shape } }) => sum + storedBytes(shape, storageOf(name)), 0);
}

/**
 * The most that is being read from files at one moment. Such pages cannot be taken back, and when they are
 * all that a limit leaves for files, the kernel kills although files are nearly all that it counts. Each
 * thread that finds a page missing has the kernel read as much around it, and ahead, as the device is set to
 * (mm/filemap.c, do_sync_mmap_readahead): 128 KiB on most machines, 8 MiB on some.
 *
 * With 8 MiB, 2 threads and weights of T5-base that never stay in memory, 5 of 13 runs were killed with 24
 * MiB left for files, none of 8 with 28 to 34 (Linux 6.18, a busy machine). Weights of a session that find
 * room are read once, and no run was killed for them.
 */
export function bytesBeingRead(
  subject: Subject,
  { threads }: Pick<Plan, 'threads'>,
  readAhead: number,
): number {
  const { segments, head } = subject.graphs;
  // A segment without a backward graph looks rows up: it reads few of its pages.
  const used = [...segments.flatMap((each) => (each.backward ? [each.forward] : [])), head];
  const most = Math.max(...used.map((graph) => mappedBytes(subject, graph)));
  return most <= WORKING_FILE_BYTES ? 0 : Math.min((threads + 1) * readAhead, most);
}

/** What a limit must leave for pages of code and weights, beside those that are `beingRead`. */
export function workingFileBytes(beingRead: number): number {
  return Math.max(WORKING_FILE_BYTES, WORKING_FILE_BYTES / 2 + beingRead);
}
