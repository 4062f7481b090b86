/**
 * @file Runtimes that keep a limit of their own, which no limit of the kernel's changes: recognised by what
 * they say when they reach it. Pure.
 */
import type { Remedy } from '#protocol';
import type { Complaint } from './complaints.ts';

const ROWS: readonly {
  readonly words: RegExp;
  readonly change: string;
  readonly lines: readonly string[];
}[] = [
  {
    words: /JavaScript heap out of memory/,
    change: "a larger heap: V8 keeps its own limit, in MiB, whatever the kernel's",
    lines: ['NODE_OPTIONS=--max-old-space-size=4096 ...'],
  },
  {
    words: /java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead)/,
    change: "a larger heap: the JVM keeps its own limit, whatever the kernel's",
    lines: ['JAVA_TOOL_OPTIONS=-Xmx4g ...'],
  },
  {
    words: /CUDA|cuda/,
    change:
      "a GPU with more memory, or less of it used by others (nvidia-smi): the limits of the machine's memory have no part in it",
    lines: [],
  },
];

/** Null where the program was refused memory that a limit of the kernel's, or the machine, could have given. */
export function ownLimitRemedy(complaint: Complaint | null): Remedy | null {
  const row = complaint && ROWS.find(({ words }) => words.test(complaint.line));
  return row ? { change: row.change, lines: [...row.lines], predicted_peak_bytes: null } : null;
}
