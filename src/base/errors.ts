/**
 * @file Every error that a user can meet, in one table: its code, its exit code and its message.
 *
 * A message says what was expected, what was found, in which file, and what to do next.
 * Rows are grouped by the folder that raises them. Raise one with `fail('CODE', {...})`.
 */

interface ErrorRow {
  /** What the command line exits with: 1 error, 2 wrong usage, 12 out of memory, 130 interrupted. */
  readonly exit: 1 | 2 | 12 | 130;
  // `never` lets each row name its own parameters and still be checked for its shape.
  readonly message: (params: never) => string;
}

export const ERRORS = {
  // base: sizes, run ids, files
  BYTES_MALFORMED: {
    exit: 2,
    message: (p: { text: string }) =>
      `expected a number of bytes such as 512MiB, 1.5g or 536870912, got '${p.text}'`,
  },
  RUN_ID_MALFORMED: {
    exit: 2,
    message: (p: { id: string; reason: string }) =>
      `run id '${p.id}': ${p.reason}. A run id names a folder: up to 128 letters, digits, '-', '_' and '.', beginning with a letter or digit, and not 'latest'`,
  },
  DISK_FULL: {
    exit: 1,
    message: (p: { file: string; free: string }) =>
      `the disk is full: ${p.file} could not be written (free there: ${p.free}). What the file held before is unchanged. Free some space, or write to another folder`,
  },
  FILE_NOT_WRITABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file} could not be written: ${p.reason}. What the file held before is unchanged. Check the folder and its permissions, or write to another folder`,
  },

  // models: architecture, tensors, adapters
  MODEL_ARCHITECTURE_UNKNOWN: {
    exit: 1,
    message: (p: { file: string; got: string; known: readonly string[] }) =>
      `${p.file}: expected model_type to be one of ${p.known.join(', ')}, got '${p.got}'. Choose a model of such an architecture`,
  },
  MODEL_CONFIG_INVALID: {
    exit: 1,
    message: (p: { file: string; field: string; expected: string; got: string }) =>
      `${p.file}: expected '${p.field}' to be ${p.expected}, got ${p.got}. Is this the config.json that belongs to the weights?`,
  },
  MODEL_TENSOR_MISSING: {
    exit: 1,
    message: (p: { folder: string; tensor: string; found: number }) =>
      `${p.folder}: expected a tensor '${p.tensor}', which config.json calls for, among the ${p.found} tensors of the weights; it is not there. Are config.json and weights of the same model?`,
  },
  MODEL_TENSOR_MISSHAPEN: {
    exit: 1,
    message: (p: { file: string; tensor: string; expected: string; got: string }) =>
      `${p.file}: expected tensor '${p.tensor}' to be ${p.expected}, got ${p.got}. Are config.json and weights of the same model?`,
  },
  MODEL_SIZE_UNKNOWN: {
    exit: 2,
    message: (p: { size: string; known: readonly string[] }) =>
      `expected the name of a model size, one of ${p.known.join(', ')}; got '${p.size}'`,
  },
  TOKEN_OUT_OF_RANGE: {
    exit: 1,
    message: (p: { id: number; vocabSize: number }) =>
      `expected token ids from 0 to ${p.vocabSize - 1}, the model's vocabulary; got ${p.id}. Is the tokenizer that of the model?`,
  },
  ADAPTER_TARGET_UNKNOWN: {
    exit: 2,
    message: (p: { target: string; known: readonly string[] }) =>
      `expected the name of a linear layer to adapt, such as ${p.known.join(', ')}; got '${p.target}', which no layer of this model is called`,
  },
  ADAPTER_INVALID: {
    exit: 1,
    message: (p: { file: string; expected: string; got: string }) =>
      `${p.file}: expected ${p.expected}, got ${p.got}. Only adapters that Plimsoll or Python's peft wrote for this base model can be used`,
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorParams<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]['message']>[0];
