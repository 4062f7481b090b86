/** @file What a report begins with, by its cause: the original service's line, which its operators know, first. */
import type { Cause } from '#protocol';

export const HEADLINES: Readonly<Record<Cause, string>> = {
  'oom-own-limit': 'OUT OF MEMORY (OOM) KILL DETECTED',
  'oom-ancestor-limit': 'OUT OF MEMORY (OOM) KILL DETECTED',
  'oom-machine': 'OUT OF MEMORY (OOM) KILL DETECTED',
  'oom-child': 'OUT OF MEMORY (OOM) KILL DETECTED IN A CHILD PROCESS',
  'oom-user-space': 'OUT OF MEMORY (OOM) KILL DETECTED',
  'allocation-failed': 'OUT OF MEMORY: AN ALLOCATION FAILED',
  killed: 'KILLED, AND NOT BY THE KERNEL FOR MEMORY',
  cancelled: 'CANCELLED',
  'timed-out': 'TIMED OUT',
  error: 'ENDED WITH AN ERROR',
  crashed: 'CRASHED',
  completed: 'COMPLETED',
  unestablished: 'ENDED, AND WHY CANNOT BE ESTABLISHED',
};
