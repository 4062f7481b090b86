/**
 * @file What a training process takes before it holds a single value of a step. Measured, since no theory
 * knows it: Node 20, ONNX Runtime 1.30, x86-64, started by bin/plimsoll, in a memory cgroup.
 */
const MIB = 2 ** 20;

/** Node, V8's heap with our code in it, ONNX Runtime's library once it runs. */
const PROCESS_BYTES = 25.5 * MIB;
/** Page tables, stacks, and the kernel's records of files and processes. */
export const KERNEL_BYTES = 3.5 * MIB;
/** Garbage that V8 holds between two collections, at 1 MiB of young generation. */
const GARBAGE_BYTES = 4 * MIB;

export const RUNTIME_BYTES = PROCESS_BYTES + KERNEL_BYTES + GARBAGE_BYTES;

/** A value of a graph, in V8's heap: itself, its lowering, its name. */
export const GRAPH_VALUE_BYTES = 1.6 * 1024;

/** Of a session, beside what it holds itself: its thread's records in the kernel, names and feeds in V8's heap. */
export const SESSION_SIDE_BYTES = 100 * 1024;

/** Of a tokenizer's file, once it is read: strings, maps, and what parsing them left behind. */
export const TOKENIZER_FACTOR = 6;

/** Code and buffers of reading data and writing checkpoints. */
export const DATA_BYTES = 2 * MIB;

/**
 * Pages of code and weights that are in use at any moment. The kernel may take them, but it would have
 * to read them again at once: a limit that leaves less is survived, not worked in.
 */
export const WORKING_FILE_BYTES = 16 * MIB;
