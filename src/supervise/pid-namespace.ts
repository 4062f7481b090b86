/** @file Whether the process ids that the kernel logs are those that this process sees. */
import { readlinkSync } from 'node:fs';

/** include/uapi/linux/nsfs.h, PID_NS_INIT_INO: the number of the machine's first namespace never changes. */
const FIRST = 'pid:[4026531836]';

export function sharesFirstPidNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === FIRST;
  } catch {
    return false; // no /proc: nothing is known of it
  }
}
