/** @file How programs say that they were refused memory: one row for each runtime. */
import type { Grade } from '#protocol';

export interface Complaint {
  readonly grade: Grade;
  readonly line: string;
}

/**
 * `proven` where the runtime itself writes the words when it gives up; `likely` where any program might.
 * Words alone prove nothing: the program must have ended with an error, and soon after them.
 */
const COMPLAINTS: readonly { readonly words: RegExp; readonly grade: Grade }[] = [
  // Python: the last line of a traceback. numpy has a class of its own
  { words: /^(?:[\w.]*\.)?_?(?:Array)?MemoryError(?::.*)?$/, grade: 'proven' },
  // C++ (libstdc++, libc++): terminate called after throwing an instance of 'std::bad_alloc'
  { words: /std::bad_alloc/, grade: 'proven' },
  // V8: FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
  { words: /JavaScript heap out of memory/, grade: 'proven' },
  // the JVM: Java heap space, GC overhead limit exceeded, Metaspace, unable to create native thread
  { words: /java\.lang\.OutOfMemoryError/, grade: 'proven' },
  // PyTorch on a CPU (c10/core/impl/alloc_cpu.cpp)
  { words: /DefaultCPUAllocator: (?:can't allocate|not enough) memory/, grade: 'proven' },
  // PyTorch on a GPU, CUDA
  { words: /torch\.(?:cuda\.)?OutOfMemoryError|CUDA out of memory/, grade: 'proven' },
  { words: /CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED/, grade: 'proven' },
  // ONNX Runtime
  { words: /Failed to allocate memory for requested buffer of size/, grade: 'proven' },
  // Go, Rust
  { words: /^fatal error: runtime: (?:out of memory|cannot allocate memory)/, grade: 'proven' },
  { words: /^memory allocation of \d+ bytes failed/, grade: 'proven' },
  // strerror(ENOMEM), and what people write
  { words: /\bcannot allocate memory\b|\bout of memory\b|\bnot enough memory\b/i, grade: 'likely' },
  { words: /\bENOMEM\b/, grade: 'likely' },
];

/** A native stack trace, as V8 prints one after its words, has some thirty lines. */
const LAST_LINES = 60;

/** The last line that tells of it; where a line fits several rows, the first of them counts. */
export function complaintIn(output: string): Complaint | null {
  const lines = output.trimEnd().split('\n').slice(-LAST_LINES);
  for (const { words, grade } of COMPLAINTS) {
    const line = lines.findLast((each) => words.test(each.trimEnd()));
    if (line !== undefined) return { grade, line: line.trim() };
  }
  return null;
}
