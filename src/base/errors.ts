/**
 * @file Every error that a user can meet, in one table: its code, its exit code and its message.
 *
 * A message says what was expected, what was found, in which file, and what to do next.
 * Rows are grouped by the folder that raises them. Raise one with `fail('CODE', {...})`.
 */

interface ErrorRow {
  /**
   * What the command line exits with: 1 error, 2 wrong usage, 12 out of memory, 130 interrupted; as
   * shells do, 126 and 127 for a command that cannot run or is not there.
   */
  readonly exit: 1 | 2 | 12 | 126 | 127 | 130;
  /** of the service's answer, for what its API refuses */
  readonly status?: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 416 | 422 | 429 | 503;
  // `never` lets each row name its own parameters and still be checked for its shape.
  readonly message: (params: never) => string;
  /** what to do, where the API tells it apart; elsewhere it ends the message */
  readonly next?: (params: never) => string;
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
      `the disk is full: ${p.file} could not be written (free there, once the part written was removed: ${p.free}). What the file held before is unchanged. Free some space, or write to another folder`,
  },
  FILE_NOT_WRITABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file} could not be written: ${p.reason}. What the file held before is unchanged. Check the folder and its permissions, or write to another folder`,
  },

  // kernel: the limit that a user gives
  MEMORY_LIMIT_MALFORMED: {
    exit: 2,
    message: (p: { text: string }) =>
      `expected a memory limit such as 512M, 1.5GiB or 536870912 (bytes), got '${p.text}'. Write a number and a unit: K, M, G or T, each 1024 times the one before`,
  },
  MEMORY_LIMIT_ZERO: {
    exit: 2,
    message: (p: { text: string }) =>
      `expected a memory limit above zero, got '${p.text}'. Give the bytes that the run may use, such as 512M; leave the limit out to use what the machine and its limits allow`,
  },
  MEMORY_LIMIT_ABOVE_MACHINE: {
    exit: 2,
    message: (p: { text: string; machine: string }) =>
      `expected a memory limit of at most what this machine has, ${p.machine}, got '${p.text}'. Give a smaller limit, or leave it out`,
  },
  MEMORY_LIMIT_BELOW_FLOOR: {
    exit: 12,
    message: (p: { from: string; limit: string; needed: string }) =>
      `expected a memory limit of at least ${p.needed}, which a run takes before it has read a byte of its model; got ${p.limit} (${p.from}). Raise the limit`,
  },
  MEMORY_LIMIT_USED_UP: {
    exit: 12,
    message: (p: { from: string; limit: string; needed: string; used: string; over: string }) =>
      `expected room for at least ${p.needed} under the limit of ${p.limit} (${p.from}); ${p.used} that cannot be taken back are in use before the run begins, ${p.over} too many. Stop what uses them, or raise the limit`,
  },

  // supervise: the command to run, runs that were
  COMMAND_NOT_FOUND: {
    exit: 127,
    message: (p: { command: string; next: string }) =>
      `${p.command}: expected a command to run, found no such file. Nothing was started. ${p.next}`,
  },
  COMMAND_NOT_EXECUTABLE: {
    exit: 126,
    message: (p: { command: string; file: string; reason: string }) =>
      `${p.command}: expected a program, got ${p.file}, which cannot be run: ${p.reason}. Nothing was started. chmod +x makes a script runnable, or name its interpreter before it`,
  },
  COMMAND_LIMIT_TOO_SMALL: {
    exit: 2,
    message: (p: { limit: string; smallest: string }) =>
      `expected a memory limit of at least ${p.smallest}, in which the smallest program starts, got ${p.limit}. Nothing was started. Raise --memory`,
  },
  POLICY_UNREADABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `expected a policy for plimsoll run, got ${p.file}, which cannot be read: ${p.reason}. Nothing was started. Name another with --policy`,
  },
  POLICY_MALFORMED: {
    exit: 1,
    message: (p: { file: string; line: number; problem: string }) =>
      `${p.file}, line ${p.line}: ${p.problem}. Nothing was started. docs/recovery.md says what may stand there`,
  },
  ATTEMPT_NOT_FOUND: {
    exit: 1,
    message: (p: { run: string; folder: string; newest: readonly string[] }) =>
      `${p.run}: expected the id of a command that plimsoll run ran, or the folder of its record; in ${p.folder} there is ${listed(p.newest)}. Give one of these, or nothing for the newest`,
  },
  ATTEMPT_MALFORMED: {
    exit: 1,
    message: (p: { folder: string; problem: string }) =>
      `${p.folder}: expected the record of a command as plimsoll run writes it, got one with another content: ${p.problem}. It may come from another version`,
  },

  NO_LIMIT_TO_RAISE: {
    exit: 1,
    message: (p: { run: string; reason: string; next: string }) =>
      `run ${p.run}: expected an end by a limit that a compose file sets: ${p.reason}. Nothing was changed. ${p.next}`,
  },
  CHANGE_NOT_CONFIRMED: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file}: ${p.reason}. Nothing was changed. --yes makes the change without a question`,
  },

  // compose: a service's limit in a compose file
  COMPOSE_UNREADABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `expected a compose file, got ${p.file}: ${p.reason}. Nothing was changed. Name it with --file`,
  },
  COMPOSE_MALFORMED: {
    exit: 1,
    message: (p: { file: string; place: string; problem: string }) =>
      `${p.file}, ${p.place}: expected a compose file: ${p.problem}. Nothing was changed. Correct the file, or name another with --file`,
  },
  COMPOSE_SERVICE_UNKNOWN: {
    exit: 2,
    message: (p: { file: string; service: string; services: readonly string[] }) =>
      `${p.file}: expected a service '${p.service}', found ${listed(p.services)}. Nothing was changed. Name one of these with --service`,
  },
  COMPOSE_SERVICE_UNCLEAR: {
    exit: 2,
    message: (p: { file: string; services: readonly string[] }) =>
      `${p.file}: expected one service whose limit to raise, found ${listed(p.services)}. Nothing was changed. Name one with --service`,
  },
  COMPOSE_LIMIT_IN_DOUBT: {
    exit: 1,
    message: (p: { file: string; line: number; service: string; reason: string; wanted: string }) =>
      `${p.file}, line ${p.line}: the memory limit of '${p.service}' cannot be changed there without doubt: ${p.reason}. Nothing was changed. Set it to ${p.wanted} by hand`,
  },
  COMPOSE_LIMIT_TWICE: {
    exit: 1,
    message: (p: { file: string; service: string; places: readonly string[]; wanted: string }) =>
      `${p.file}: expected the memory limit of '${p.service}' in one place, found it in ${p.places.join(' and ')}. Nothing was changed. Leave one of them, set to ${p.wanted}`,
  },
  COMPOSE_LIMIT_HIGH_ENOUGH: {
    exit: 1,
    message: (p: { file: string; line: number; service: string; limit: string; wanted: string }) =>
      `${p.file}, line ${p.line}: expected a memory limit of '${p.service}' below ${p.wanted}, got ${p.limit}. Nothing was changed. Was its container made before that? docker compose up -d makes it anew`,
  },
  FILE_CHANGED: {
    exit: 1,
    message: (p: { file: string }) =>
      `${p.file} was changed by another while the difference was shown. Nothing was changed. Run the command again`,
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

  // data: files of examples, token caches
  DATA_FILE_UNREADABLE: {
    exit: 1,
    status: 422,
    message: (p: { file: string; reason: string }) =>
      `expected a readable data file, got ${p.file}: ${p.reason}. Check the path given as --data or --valid-data`,
  },
  DATA_KIND_UNKNOWN: {
    exit: 1,
    status: 422,
    message: (p: { file: string; expected: string }) =>
      `${p.file}: expected a name that ends in one of ${p.expected}, a SQLite database, or a first line that is a JSON object. Rename the file after what it holds`,
  },
  DATA_KIND_WRONG: {
    exit: 1,
    status: 422,
    message: (p: { file: string; expected: string; got: string }) =>
      `${p.file}: expected a file of the kind ${p.expected}, got ${p.got}`,
    next: () => 'Send another, or rename it after what it holds',
  },
  DATA_EMPTY: {
    exit: 1,
    status: 422,
    message: (p: { file: string; read: number; skipped: Readonly<Record<string, number>> }) => {
      const skipped = Object.entries(p.skipped).map(([reason, count]) => `${reason}: ${count}`);
      const why = skipped.length > 0 ? ` (skipped: ${skipped.join(', ')})` : '';
      return `${p.file}: expected at least one example, got none from ${p.read} records${why}. Nothing was trained`;
    },
  },
  DATA_LINE_MALFORMED: {
    exit: 1,
    status: 422,
    message: (p: { file: string; line: number; expected: string; found: string }) =>
      `${p.file}, line ${p.line}: expected ${p.expected}; found ${p.found}. Nothing was trained. Correct the line or take it out`,
  },
  DATA_LINE_TOO_LONG: {
    exit: 1,
    status: 422,
    message: (p: { file: string; line: number; limit: number }) =>
      `${p.file}, line ${p.line}: expected lines of at most ${p.limit} bytes; this one is longer. Is it a file of another kind?`,
  },
  DATA_NOT_UTF8: {
    exit: 1,
    status: 422,
    message: (p: { file: string; line: number; found: string }) =>
      `${p.file}, line ${p.line}: expected text in UTF-8; found ${p.found}. Convert the file, for example with iconv -t UTF-8`,
  },
  DATA_HEADER_UNKNOWN: {
    exit: 1,
    status: 422,
    message: (p: { file: string; line: number; header: string; expected: string }) =>
      `${p.file}, line ${p.line}: expected a header with one of the pairs ${p.expected}; found ${p.header}. Name the two columns in the first line`,
  },
  DATA_QUERY_MISPLACED: {
    exit: 2,
    status: 422,
    message: (p: { file: string; query: string }) =>
      `expected --query only with a SQLite database, got it with ${p.file}. Leave it out: all examples of the file are read`,
  },
  DATA_QUERY_FAILED: {
    exit: 1,
    status: 422,
    message: (p: { file: string; query: string; reason: string; tables: string }) =>
      `${p.file}: expected a SELECT that this database can answer, got '${p.query}': ${p.reason}. Its tables: ${p.tables}. Give another query with --query`,
  },
  DATA_COLUMNS_UNKNOWN: {
    exit: 1,
    status: 422,
    message: (p: { file: string; query: string; found: string; expected: string }) =>
      `${p.file}: expected two columns of text, or columns named by one of the pairs ${p.expected}, from '${p.query}'; found ${p.found}. Name them in the query: SELECT ... AS source, ... AS target`,
  },
  TOKEN_CACHE_DAMAGED: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file}: expected a token cache as it was written, but ${p.reason}. Delete the file: it is made again from the data`,
  },

  // weights: safetensors, config.json, tokenizer files, model folders
  MODEL_FILE_MISSING: {
    exit: 1,
    message: (p: { folder: string; expected: string; found: readonly string[] }) =>
      `${p.folder}: expected ${p.expected}, found ${listed(p.found)}. Is this the folder of a whole model?`,
  },
  MODEL_FILE_UNREADABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file} could not be read: ${p.reason}. Check the path and its permissions`,
  },
  MODEL_FILE_TOO_LARGE: {
    exit: 1,
    message: (p: { file: string; limit: string; got: string }) =>
      `${p.file}: expected at most ${p.limit}, which no such file of a known model comes near, got ${p.got}. Is it a file of another kind?`,
  },
  MODEL_JSON_MALFORMED: {
    exit: 1,
    message: (p: { file: string; expected: string; got: string }) =>
      `${p.file}: expected ${p.expected}, got ${p.got}. The file is damaged or of another kind; fetch it again`,
  },
  MODEL_NEEDS_CONVERSION: {
    exit: 1,
    message: (p: { folder: string; expected: string; found: string; how: string }) =>
      `${p.folder}: expected ${p.expected}, found only ${p.found}, which Plimsoll does not read. Convert it once, with Python's transformers: ${p.how}`,
  },
  SAFETENSORS_MALFORMED: {
    exit: 1,
    message: (p: { file: string; tensor?: string; expected: string; got: string }) =>
      `${p.file}: ${p.tensor === undefined ? '' : `tensor '${p.tensor}': `}expected ${p.expected}, got ${p.got}. The file is damaged or not a safetensors file; fetch or make it again`,
  },
  SAFETENSORS_TRUNCATED: {
    exit: 1,
    message: (p: { file: string; expected: number; got: number }) =>
      `${p.file} is truncated: expected ${p.expected} bytes, got ${p.got}. Fetch or copy it again`,
  },
  SHARD_MISSING: {
    exit: 1,
    message: (p: { index: string; shard: string; tensor: string; found: readonly string[] }) =>
      `${p.index}: expected the file '${p.shard}', which holds tensor '${p.tensor}', beside it; found ${listed(p.found)}. Fetch the missing file`,
  },
  SHARD_LACKS_TENSOR: {
    exit: 1,
    message: (p: { index: string; shard: string; tensor: string }) =>
      `${p.index}: expected tensor '${p.tensor}' in ${p.shard}, which does not have it. Are the index and its files of the same model?`,
  },
  TENSOR_NOT_FLOAT: {
    exit: 1,
    message: (p: { file: string; tensor: string; got: string }) =>
      `${p.file}: expected tensor '${p.tensor}' to be F32, F16, BF16 or F64, got ${p.got}`,
  },
  TOKENIZER_UNSUPPORTED: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file}: this kind of tokenizer cannot be used: ${p.reason}. Byte-level BPE and Unigram (SentencePiece) tokenizers can`,
  },
  TOKENIZER_NO_EOS: {
    exit: 1,
    message: (p: { folder: string }) =>
      `${p.folder}: expected an end-of-sequence token, named as eos_token in tokenizer_config.json or special_tokens_map.json or as eos_token_id in config.json; found none. Add one of these`,
  },
  TOKENIZER_MISMATCH: {
    exit: 1,
    message: (p: { tokenizer: string; tokens: number; config: string; vocabSize: number }) =>
      `${p.tokenizer} has ${p.tokens} tokens, but the model has only ${p.vocabSize} rows for them (vocab_size in ${p.config}): expected the tokenizer that the model was trained with`,
  },

  // weights: models from the hub
  MODEL_NAME_MALFORMED: {
    exit: 2,
    message: (p: { ref: string; reason: string }) =>
      `expected a model's folder or its name on the hub, such as google/flan-t5-small or google/flan-t5-small@main, got '${p.ref}': ${p.reason}. A folder begins with './' or '/'`,
  },
  HUB_NOT_CACHED: {
    exit: 1,
    message: (p: { repo: string; revision: string; cache: string }) =>
      `${p.repo}: no whole snapshot of revision '${p.revision}' in the cache ${p.cache}, and offline mode (HF_HUB_OFFLINE) forbids to fetch it. Fetch it once with a network, or use a folder`,
  },
  HUB_UNREACHABLE: {
    exit: 1,
    message: (p: { endpoint: string; repo: string; reason: string }) =>
      `${p.endpoint} could not be reached for ${p.repo}: ${p.reason}. Check the network and HF_ENDPOINT, or use a folder`,
  },
  HUB_UNAUTHORIZED: {
    exit: 1,
    message: (p: { repo: string; status: number; token: string }) =>
      `${p.repo}: the hub refused access (${p.status}); ${p.token}. The model is private, gated or does not exist: check its name, accept its terms on its page, or set HF_TOKEN`,
  },
  HUB_TOKEN_UNUSABLE: {
    exit: 1,
    message: (p: { source: string; reason: string }) =>
      `expected an access token for the hub in ${p.source}: ${p.reason}. Set HF_TOKEN anew, or remove it for public models`,
  },
  HUB_REPO_NOT_FOUND: {
    exit: 1,
    message: (p: { repo: string; endpoint: string }) =>
      `${p.repo}: there is neither a folder of that name nor such a model at ${p.endpoint} (404). Check the name; for a private model set HF_TOKEN`,
  },
  HUB_REVISION_NOT_FOUND: {
    exit: 1,
    message: (p: { repo: string; revision: string; endpoint: string }) =>
      `${p.repo}: ${p.endpoint} has the model, but no revision '${p.revision}' (404). Give a branch, a tag or a full commit`,
  },
  HUB_FILE_NOT_FOUND: {
    exit: 1,
    message: (p: { repo: string; file: string; revision: string }) =>
      `${p.repo}: the file '${p.file}' of revision ${p.revision} cannot be fetched (404)`,
  },
  HUB_FAILED: {
    exit: 1,
    message: (p: { repo: string; url: string; status: number; reason: string }) =>
      `${p.repo}: the hub answered ${p.status} (${p.reason}) at ${p.url}. Try again later`,
  },
  HUB_ANSWER_MALFORMED: {
    exit: 1,
    message: (p: { repo: string; expected: string; got: string }) =>
      `${p.repo}: expected the hub to answer with ${p.expected}, got ${p.got}. Is HF_ENDPOINT a hub?`,
  },
  HUB_DOWNLOAD_BROKEN: {
    exit: 1,
    message: (p: { repo: string; file: string; expected: number; got: number; reason: string }) =>
      `${p.repo}: the download of '${p.file}' broke off: expected ${p.expected} bytes, got ${p.got} (${p.reason}). Nothing of it was kept; try again`,
  },
  HUB_DOWNLOAD_DIFFERS: {
    exit: 1,
    message: (p: { repo: string; file: string; what: string; expected: string; got: string }) =>
      `${p.repo}: the download of '${p.file}' is not the file that the hub lists: expected ${p.what} ${p.expected}, got ${p.got}. Nothing of it was kept; try again`,
  },

  // weights: conversion to another precision
  WEIGHTS_DISK_FULL: {
    exit: 1,
    message: (p: { file: string; needed: string; free: string }) =>
      `the disk is full: the converted weights ${p.file} need ${p.needed}, free there: ${p.free}. Nothing of them was kept. Free some space, set PLIMSOLL_CACHE to a folder that has room, or use the weights as they are: --precision auto`,
  },
  WEIGHTS_NOT_WRITABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `the converted weights ${p.file} could not be written: ${p.reason}. Set PLIMSOLL_CACHE to a folder that can be written, or use the weights as they are: --precision auto`,
  },

  // train: models written, run folders, checkpoints
  MODEL_FOLDER_NOT_EMPTY: {
    exit: 1,
    message: (p: { folder: string }) =>
      `expected an empty folder for the new model, or none yet, got ${p.folder}, which has files in it. Nothing was changed. Give another --output`,
  },
  RUN_FOLDER_IN_USE: {
    exit: 1,
    message: (p: { folder: string; runId: string; pid: number }) =>
      `expected a folder that no other run writes to, got ${p.folder}, in use by run '${p.runId}' (process ${p.pid}). Wait until it ends or cancel it, or choose another folder`,
  },
  RUN_EXISTS: {
    exit: 1,
    message: (p: { folder: string; runId: string; holds: string }) =>
      `expected a folder for a new run, got ${p.folder}, which holds ${p.holds} of run '${p.runId}'. Nothing was changed. Go on with that run by --resume-from ${p.folder}, or choose another --run-id or --run-directory`,
  },
  RUN_NOT_FOUND: {
    exit: 1,
    message: (p: { path: string }) =>
      `expected ${p.path} to be the folder of a run, or a checkpoint in one; found no training_run.json there. Give the folder that was printed when the run began, or <output-dir>/latest`,
  },
  RUN_RECORD_DAMAGED: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file}: expected the record of a run, got something else: ${p.reason}. Restore the file, or choose another folder`,
  },
  CHECKPOINT_MISSING: {
    exit: 1,
    message: (p: { file: string }) =>
      `expected a checkpoint, ${p.file}; there is none. The run ended before it wrote one: start it anew, without --resume-from`,
  },
  CHECKPOINT_DAMAGED: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file}: expected a whole checkpoint, got a damaged one: ${p.reason}. It cannot be resumed from: put back a copy of the file, or start the run anew, without --resume-from`,
  },
  CHECKPOINT_TOO_NEW: {
    exit: 1,
    message: (p: { file: string; expected: number; got: string }) =>
      `${p.file}: expected a checkpoint of format version ${p.expected} or older, got version ${p.got}. Resume it with the version of Plimsoll that wrote it`,
  },
  CHECKPOINT_OTHER_SPEC: {
    exit: 1,
    message: (p: { file: string; differences: readonly string[] }) =>
      `${p.file} is of another run: ${p.differences.join('; ')}. A resumed run computes what it began with: leave these settings as they were, or start a new run, without --resume-from`,
  },
  CHECKPOINT_OTHER_MODEL: {
    exit: 1,
    message: (p: { file: string; tensor: string; expected: string; got: string }) =>
      `${p.file}: expected '${p.tensor}' to be ${p.expected}, as the model has it, got ${p.got}. Is the base model the one that the run began with?`,
  },
  CHECKPOINT_DISK_FULL: {
    exit: 1,
    message: (p: { file: string; needed: string; free: string; before: boolean }) =>
      `the disk is full: the checkpoint ${p.file} needs ${p.needed}, free there: ${p.free}. ${p.before ? 'The one before it is unchanged: free some space, then go on with --resume-from' : 'There was none before it: free some space, then start again'}`,
  },

  // cli: flags and their values, what is read and where it lies
  USAGE: {
    exit: 2,
    message: (p: { problem: string; command: string }) => `${p.problem}. See ${p.command} --help`,
  },
  FLAG_INVALID: {
    exit: 2,
    message: (p: { flag: string; problem: string }) => `${p.flag}: ${p.problem}`,
  },
  FLAG_MISPLACED: {
    exit: 2,
    message: (p: { flag: string; expected: string; got: string }) =>
      `expected ${p.flag} only ${p.expected}, got it ${p.got}. Leave it out`,
  },
  INTERRUPTED: {
    exit: 130,
    message: (p: { signal: string }) => `interrupted by ${p.signal}`,
  },
  TEXTS_MISSING: {
    exit: 2,
    message: (p: { got: string }) =>
      `expected at least one text to answer, got ${p.got}. Give texts as arguments, with --file, or one a line on standard input`,
  },
  TEXT_FILE_UNREADABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `expected a text file, one text a line, got ${p.file}: ${p.reason}. Check the path given as --file`,
  },
  ANSWER_ORDER_MALFORMED: {
    exit: 2,
    message: (p: { line: number; problem: string }) =>
      `standard input, line ${p.line}: expected an order or a cancellation as one JSON object: ${p.problem}. See plimsoll answer --help for an order`,
  },
  ADAPTER_NOT_FOUND: {
    exit: 1,
    message: (p: { folder: string; expected: string }) =>
      `${p.folder}: expected the folder of an adapter or of a run that ended, with ${p.expected} in it; found none. Give the folder that was printed when the run ended`,
  },

  // train: what a step can meet, what a plan cannot ask for
  PRECISION_NEEDS_FROZEN_BASE: {
    exit: 2,
    message: (p: { got: string }) =>
      `expected precision auto or fp32 with --method full, which trains all weights in float32, got ${p.got}. Leave --precision out, or train beside a frozen base: --method lora or soft-prompt`,
  },
  MEMORY_CANNOT_FIT: {
    exit: 12,
    message: (p: { limit: string; from: string; baseline: string; smallest: string }) =>
      `the run cannot fit into ${p.limit} (${p.from}; ${p.baseline} of it in use by others): under the plan that takes least it needs a limit of ${p.smallest}. Nothing was trained. Raise the limit, or make the run smaller: shorter examples (--source-max-tokens, --target-max-tokens), a lower rank (--lora-r), --precision int8 or int4; plimsoll plan says what each would take`,
  },
  MEMORY_EXHAUSTED: {
    exit: 12,
    message: (p: { needed: string; left: string; from: string; steps: number; kept: boolean }) =>
      `stopped before memory ran out, ${p.kept ? `after step ${p.steps}` : 'before the first step'}: to go on takes ${p.needed} at the least, and ${p.from} leaves ${p.left}. ${p.kept ? 'The checkpoint holds all steps so far: free memory or raise the limit, then go on with --resume-from' : 'Nothing was trained: free memory or raise the limit, then start again'}`,
  },
  LOSS_NOT_FINITE: {
    exit: 1,
    message: (p: { step: number; loss: number; gradNorm: number; learningRate: number }) =>
      `step ${p.step}: expected a finite loss and gradient, got loss ${p.loss} and gradient norm ${p.gradNorm} at learning rate ${p.learningRate}. The run stopped before that step; its last checkpoint is intact. Use a lower --learning-rate, or warm-up`,
  },

  // store: the service's data folder and its database
  DATABASE_TOO_NEW: {
    exit: 1,
    message: (p: { file: string; expected: number; got: number }) =>
      `${p.file}: expected a database of format ${p.expected} or older, got format ${p.got}. Nothing was changed. Start the version of Plimsoll that wrote it, or name another folder with --data-dir`,
  },
  DATABASE_UNUSABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file}: expected the service's database, got one that cannot be used: ${p.reason}. Nothing was changed. Put back a copy of it, or name another folder with --data-dir`,
  },
  SERVICE_FOLDER_IN_USE: {
    exit: 1,
    message: (p: { folder: string }) =>
      `expected a data folder that no other service uses, got ${p.folder}, which one uses now. Stop that one, or name another folder with --data-dir`,
  },

  // cli: the settings of the service in a file
  CONFIG_UNREADABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `expected the settings of the service, got ${p.file}, which cannot be read: ${p.reason}. Nothing was started. Name another with --config or PLIMSOLL_CONFIG`,
  },
  CONFIG_MALFORMED: {
    exit: 2,
    message: (p: { file: string; line: number; problem: string }) =>
      `${p.file}, line ${p.line}: ${p.problem}. Nothing was started. docs/settings.md says what may stand there`,
  },

  // cli: a service that is called
  SERVER_URL_INVALID: {
    exit: 2,
    message: (p: { problem: string }) =>
      `expected the address of a service, such as http://127.0.0.1:8018, ${p.problem}. Give it with --server or PLIMSOLL_SERVER; the token goes into PLIMSOLL_TOKEN`,
  },
  SERVER_TOKEN_MISSING: {
    exit: 2,
    message: (p: { server: string }) =>
      `${p.server}: expected a token in PLIMSOLL_TOKEN, got none. plimsoll token create makes one where the service runs`,
  },
  SERVER_UNREACHABLE: {
    exit: 1,
    message: (p: { server: string; reason: string }) =>
      `${p.server}: expected a service that answers: ${p.reason}. Start it (plimsoll serve), or name another with --server or PLIMSOLL_SERVER`,
  },
  SERVER_UNKNOWN: {
    exit: 1,
    message: (p: { server: string; call: string }) =>
      `${p.server}: expected an answer as this version of plimsoll serve gives it, got another (${p.call}). Is it that, and of this version?`,
  },
  SERVER_REFUSED: {
    exit: 1,
    message: (p: { problem: string }) => p.problem,
  },

  // server: where it listens
  ADDRESS_UNUSABLE: {
    exit: 1,
    message: (p: { host: string; port: number; reason: string }) =>
      `expected to listen on ${p.host}, port ${p.port}: ${p.reason}. Name another with --host and --port`,
  },
  MEMORY_BELOW_RESERVE: {
    exit: 12,
    message: (p: { limit: string; from: string; reserve: string }) =>
      `expected a limit above the ${p.reserve} that the service keeps for itself (--reserve), got ${p.limit} (${p.from}). Raise the limit`,
  },
  RUN_ENDS_NOT_STORED: {
    exit: 1,
    message: (p: { runs: readonly number[]; seconds: number }) =>
      `expected to end and store all runs within ${p.seconds} s, got no further with run ${p.runs.join(', ')}: the log says why, a full disk as a rule`,
    next: () => 'Make room; the next start finds what is left of them, and goes on',
  },

  // server: what its API refuses
  REQUEST_INVALID: {
    exit: 1,
    status: 422,
    message: (p: { field: string; problem: string }) =>
      p.field === '' ? p.problem : `${p.field}: ${p.problem}`,
    next: () => 'Correct it and send it again; /openapi.json says what each call takes',
  },
  REQUEST_NOT_JSON: {
    exit: 1,
    status: 400,
    message: (p: { reason: string }) => `expected a body in JSON: ${p.reason}`,
    next: () => 'Send one JSON object, or no body where all is optional',
  },
  REQUEST_CUT_OFF: {
    exit: 1,
    status: 400,
    message: (p: { read: string }) =>
      `expected a whole body, got ${p.read} of it before the connection ended`,
    next: () => 'Send the request again',
  },
  REQUEST_TOO_LARGE: {
    exit: 1,
    status: 413,
    message: (p: { limit: string }) => `expected a body of at most ${p.limit}, got a larger one`,
    next: () => 'Send less; data belongs in a file below one of the roots of the service',
  },
  ROUTE_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { method: string; path: string }) => `${p.method} ${p.path}: no such call`,
    next: () => 'See /openapi.json for those that there are',
  },
  TOKEN_MISSING: {
    exit: 1,
    status: 401,
    message: (p: { call: string }) => `${p.call}: expected a token, got none`,
    next: () => "Send it as 'Authorization: Bearer TOKEN' or as 'X-HomeIQ-API-Key: TOKEN'",
  },
  TOKEN_UNKNOWN: {
    exit: 1,
    status: 401,
    message: (p: { call: string }) =>
      `${p.call}: expected a token that is valid, got one that is unknown or revoked`,
    next: () => 'Make a new one: plimsoll token create',
  },
  TOKEN_REVOKED: {
    exit: 1,
    status: 401,
    message: (p: { call: string }) =>
      `${p.call}: expected a session whose token is valid, got one whose token was revoked`,
    next: () => 'Sign in with another: plimsoll token create',
  },
  SESSION_OVER: {
    exit: 1,
    status: 401,
    message: (p: { call: string }) =>
      `${p.call}: expected a session that lasts, got one that has expired or was ended`,
    next: () => 'Sign in again',
  },
  REQUEST_FROM_ELSEWHERE: {
    exit: 1,
    status: 403,
    message: (p: { call: string }) =>
      `${p.call}: expected a page of this service to ask for this by its session, got another page, or none that says so`,
    next: () => 'Open the dashboard itself; a program sends a token with each call',
  },
  SCOPE_MISSING: {
    exit: 1,
    status: 403,
    message: (p: { needed: string; scope: string }) =>
      `expected a token with scope ${p.needed}, got one with scope ${p.scope}`,
    next: () => 'Use a token that may do this',
  },
  TOO_MANY_REQUESTS: {
    exit: 1,
    status: 429,
    message: (p: { seconds: number }) =>
      `expected fewer requests; there is room for the next in ${p.seconds} s`,
    next: () => 'Wait as long as Retry-After says',
  },
  RUN_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { id: number }) => `expected the id of a run, got ${p.id}, which there is not`,
    next: () => 'GET /api/v1/admin/training/runs lists those that there are',
  },
  ARTIFACT_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { field: string; id: number; path: string }) =>
      `path: expected a file in the folder of run ${p.id}, got '${p.path}', which is none`,
    next: () => 'GET .../runs/{id}/artifacts lists those that there are',
  },
  RANGE_OUTSIDE: {
    exit: 1,
    status: 416,
    message: (p: { range: string; bytes: number }) =>
      `expected one range of the ${p.bytes} bytes that the file has, got '${p.range}'`,
    next: () => 'Ask for a range that begins in it, such as bytes=0-, or for the whole file',
  },
  TOKEN_ID_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { id: number }) => `expected the id of a token, got ${p.id}, which there is not`,
    next: () => 'List those that there are: plimsoll token list',
  },
  RUN_OF_TYPE_ACTIVE: {
    exit: 1,
    status: 409,
    message: (p: { type: string; id: number }) =>
      `expected no other run of type '${p.type}' to wait or run; run ${p.id} does`,
    next: () => 'Wait for its end, or cancel it',
  },
  COMMAND_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { name: string }) =>
      `expected the name of a command that the administrator allows, got '${p.name}', which is none`,
    next: () => 'GET /api/v1/commands lists them; commands in the settings of the service adds one',
  },
  COMMAND_CANNOT_FIT: {
    exit: 12,
    message: (p: { name: string; needed: string; capacity: string }) =>
      `the command ${p.name} is to have ${p.needed}, and all runs together may use ${p.capacity}. Nothing was started. Raise the limit of the service, or lower its memory in the settings`,
  },
  UPLOAD_TOO_LARGE: {
    exit: 1,
    status: 413,
    message: (p: { limit: string }) => `expected a file of at most ${p.limit}, got a larger one`,
    next: () => 'Send it in parts, or start the service with a higher --upload-limit',
  },
  UPLOAD_UNCHECKED: {
    exit: 1,
    status: 503,
    message: (p: { field: string; problem: string }) =>
      `the file could not be checked: ${p.problem}`,
    next: () => 'Send it again',
  },
  FILE_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { field: string; id: string }) =>
      `expected the id of a file, got '${p.id}', which there is not`,
    next: () => 'GET /v1/files lists those that there are',
  },
  JOB_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { field: string; id: string }) =>
      `expected the id of a fine-tuning job, got '${p.id}', which there is not`,
    next: () => 'GET /v1/fine_tuning/jobs lists those that there are',
  },
  FILE_IN_USE: {
    exit: 1,
    status: 409,
    message: (p: { field: string; id: string; run: number }) =>
      `expected a file that no job waits or runs with, got '${p.id}', which run ${p.run} does`,
    next: () => 'Wait for its end, or cancel it',
  },
  MODEL_ID_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { field: string; id: string }) =>
      `expected the id of a model, got '${p.id}', which there is not`,
    next: () => 'GET /v1/models lists those that there are',
  },
  MODEL_IS_BASE: {
    exit: 1,
    status: 409,
    message: (p: { field: string; id: string }) =>
      `expected a model that a run has made, got '${p.id}', from which runs begin`,
    next: () => 'Only tuned models are deleted; their ids begin with ft:',
  },
  SCHEDULE_EXISTS: {
    exit: 1,
    status: 409,
    message: (p: { name: string }) => `expected a name that no schedule has, got '${p.name}'`,
    next: () => 'Choose another, or delete that schedule first',
  },
  SCHEDULE_UNKNOWN: {
    exit: 1,
    status: 404,
    message: (p: { name: string }) =>
      `expected the name of a schedule, got '${p.name}', which there is not`,
    next: () => 'GET /api/v1/schedules lists those that there are',
  },
  RUN_STATE_WRONG: {
    exit: 1,
    status: 409,
    message: (p: { id: number; expected: string; status: string }) =>
      `expected run ${p.id} to be ${p.expected}; it is ${p.status}`,
    next: () => 'Look at the run again: others may have changed it',
  },
  PATH_OUTSIDE_ROOTS: {
    exit: 1,
    status: 422,
    message: (p: { field: string; path: string }) =>
      `${p.field}: expected a file or folder below one of the roots of the service, got '${p.path}'`,
    next: () => 'Put it below one of them, or start the service with --root for its folder',
  },
  PLAN_FAILED: {
    exit: 1,
    status: 422,
    message: (p: { field: string; problem: string }) => p.problem,
    next: () => 'Correct what it names and try again',
  },
  PREVIEW_FAILED: {
    exit: 1,
    status: 422,
    message: (p: { field: string; problem: string }) => p.problem,
    next: () => 'Correct what it names and try again',
  },
  RUN_CANNOT_FIT: {
    exit: 12,
    status: 422,
    message: (p: { limit: string; from: string; predicted: string; smallest: string }) =>
      `the run cannot fit into ${p.limit} (${p.from}): it is predicted to take ${p.predicted} under the plan that takes least, and needs a limit of ${p.smallest} for it. Nothing was started`,
    next: () =>
      'Raise the limit, or make the run smaller: source_max_tokens, target_max_tokens, lora_r, precision int8 or int4',
  },
  CONTEXT_LENGTH_EXCEEDED: {
    exit: 1,
    status: 400,
    message: (p: { field: string; model: string; most: number; counted: string }) =>
      `expected a prompt of at most ${p.most} tokens, for which ${p.model} was made, got one ${p.counted}`,
    next: () => 'Make it shorter',
  },
  ANSWERING_CANNOT_FIT: {
    exit: 12,
    status: 422,
    message: (p: { model: string; needed: string; capacity: string }) =>
      `answering with ${p.model} takes ${p.needed}, and runs and answers together may use ${p.capacity}. Nothing was started`,
    next: () => 'Raise the limit of the service, or ask a smaller model',
  },
  ANSWERING_HAS_NO_ROOM: {
    exit: 12,
    status: 503,
    message: (p: {
      model: string;
      needed: string;
      free: string;
      capacity: string;
      holders: string;
      seconds: number;
    }) =>
      `answering with ${p.model} takes ${p.needed}, and ${p.free} of ${p.capacity} are free beside ${p.holders}. Nothing was started`,
    next: () => 'Try again when they have ended',
  },
  ANSWERING_MAKES_WAY: {
    exit: 1,
    status: 503,
    message: (p: { model: string; seconds: number }) =>
      `the memory in which ${p.model} answers is needed by a run that waits, which goes first`,
    next: () => 'Try again in a while',
  },
  ANSWERS_WAITING: {
    exit: 1,
    status: 429,
    message: (p: { most: number; seconds: number }) =>
      `expected at most ${p.most} requests to wait for an answer; so many do`,
    next: () => 'Wait as long as Retry-After says',
  },
  ANSWERING_FAILED: {
    exit: 1,
    status: 503,
    message: (p: { model: string; problem: string }) => `${p.model} cannot answer: ${p.problem}`,
    next: () => "Look into the service's log",
  },
  ANSWERING_ENDED: {
    exit: 12,
    status: 503,
    message: (p: {
      model: string;
      cause: string;
      grade: string;
      limit: string;
      peak: string;
      seconds: number;
    }) =>
      `the process in which ${p.model} answered has ended: ${p.cause}, ${p.grade} (limit ${p.limit}, peak ${p.peak}). The service goes on`,
    next: () => 'Send it again: a new one is started, with more memory where that was the cause',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorParams<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]['message']>[0];

/** Names for a message, with a bound: a folder may hold thousands. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
  return names.length === 0 ? 'nothing' : `${shown}${more}`;
}
