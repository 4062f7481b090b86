/** @file The thin edge: files of /proc and /sys/fs/cgroup as text, numbers and named fields. */
import { readFileSync } from 'node:fs';

/**
 * A file's text; null where the kernel has no such file, does not let us read it, or the process or
 * group has gone in the meantime. Each of these is an answer here, not an error: kernels, cgroup
 * versions and containers differ in what they show.
 */
export function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** The single number in a file; null where there is no file or it holds a word, such as `max`. */
export function readNumber(file: string): number | null {
  const text = readText(file)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** `name 12`, one a line (memory.stat, memory.events): a "flat keyed" file of cgroup-v2.rst. */
export function keyed(text: string): (name: string) => number | null {
  const lines = `\n${text}`;
  return (name) => numberAfter(lines, `\n${name} `);
}

/** `Name:   12 kB`, one a line (/proc/meminfo, status, smaps_rollup; proc(5)), as bytes. */
export function kibibytes(text: string): (name: string) => number | null {
  const lines = `\n${text}`;
  return (name) => {
    const found = numberAfter(lines, `\n${name}:`);
    return found === null ? null : found * 1024;
  };
}

/** By search, not by a map of all lines: memory.stat has 50 of them, a reader wants five. */
function numberAfter(text: string, head: string): number | null {
  const at = text.indexOf(head);
  if (at < 0) return null;
  const from = at + head.length;
  const found = Number.parseInt(text.slice(from, from + LONGEST_NUMBER), 10); // skips blanks before it
  return Number.isNaN(found) ? null : found;
}

/** 20 digits of an unsigned 64-bit number, and the blanks that align it. */
const LONGEST_NUMBER = 40;
