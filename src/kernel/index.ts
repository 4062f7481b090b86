/** @file The door of kernel/: what Linux says about memory. Reads only; imports base. */
export {
  cgroupCounters,
  type CgroupCounters,
  type CgroupEvents,
  type CgroupSwap,
} from './cgroup-counters.ts';
export { groupName, hardLimit } from './cgroup-limits.ts';
export { cgroupUsage, type CgroupUsage, usageReader } from './cgroup-usage.ts';
export {
  availableBytes,
  bindingLimit,
  type BindingLimit,
  groupLimits,
  type Limit,
  type LimitQuestion,
  MACHINE_LIMIT,
  type Room,
} from './limits.ts';
export { machineMemory, type MachineMemory, memoryIn } from './machine-memory.ts';
export { MACHINE, memoryCgroup, type MemoryCgroup, type MemoryGroup } from './memory-cgroup.ts';
export { memoryLimit, refuseTooLittle } from './memory-limit.ts';
export { pressure, type Pressure, type Stall, stallReader } from './pressure.ts';
export {
  processMemory,
  type ProcessMemory,
  processStatus,
  residentMemory,
  type ResidentMemory,
} from './process-memory.ts';
export { readAheadBytes } from './read-ahead.ts';
export { repeatedFile } from './repeated-file.ts';
export { keyed, kibibytes, readNumber, readText } from './read.ts';
