/** @file Which buffers go back to the kernel when they are freed, as this process was started to do. */

/** glibc's own threshold moves: up to this, by what was freed before. */
const MOVING = 32 * 2 ** 20;

/** Bytes (M_MMAP_THRESHOLD, mallopt(3)); bin/plimsoll sets it. */
export function mmapThreshold(): number {
  const given = Number(process.env['MALLOC_MMAP_THRESHOLD_']);
  return Number.isInteger(given) && given > 0 ? given : MOVING;
}
