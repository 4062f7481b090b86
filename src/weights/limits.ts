/**
 * @file Bounds on what comes from outside: a file or a server must not decide how much memory we use.
 * Each is far above what any published model needs.
 */

/** The safetensors format's own bound on its header (also that of its reference implementation). */
export const MAX_HEADER_BYTES = 100_000_000;

/** config.json, tokenizer_config.json and the like: the largest known (with chat templates) has 200 kB. */
export const MAX_CONFIG_BYTES = 16 * 1024 ** 2;

/** tokenizer.json: the largest known vocabularies (262,144 tokens) make 33 MB. */
export const MAX_TOKENIZER_BYTES = 256 * 1024 ** 2;

/** model.safetensors.index.json: 100,000 tensors make about 10 MB. */
export const MAX_INDEX_BYTES = 64 * 1024 ** 2;

/** Files in a repository's root that we are ready to hear of; the largest known have a few hundred. */
export const MAX_REPO_FILES = 20_000;

/** An answer of the hub's API; a page of 1,000 files makes about 300 kB. */
export const MAX_API_BYTES = 16 * 1024 ** 2;
