/** @file Reading the small JSON files of a model, with errors that name file, line and column. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fail, formatBytes, readProblem } from '#base';
import { jsonProblem } from './json-problem.ts';
import { MAX_CONFIG_BYTES } from './limits.ts';

export type JsonObject = Record<string, unknown>;

/**
 * The object in `file`.
 *
 * @throws PlimsollError MODEL_FILE_UNREADABLE, MODEL_FILE_TOO_LARGE (over `limit` bytes) or
 *   MODEL_JSON_MALFORMED
 */
export function readJsonObject(file: string, limit = MAX_CONFIG_BYTES): JsonObject {
  return parseJsonObject(readWhole(file, limit), file);
}

/** The same for bytes that were read already; `file` is for messages. */
export function parseJsonObject(bytes: Uint8Array, file: string): JsonObject {
  const expected = 'a JSON object';
  const text = decodeUtf8(bytes, file, expected);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problem = jsonProblem(text);
    if (!problem) throw error;
    const where = `${problem.expected} at line ${problem.line}, column ${problem.column}`;
    fail('MODEL_JSON_MALFORMED', { file, expected: where, got: problem.found }, { cause: error });
  }
  if (!isJsonObject(value)) {
    const got = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    fail('MODEL_JSON_MALFORMED', { file, expected, got });
  }
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All bytes of a file that has at most `limit`. */
export function readWhole(file: string, limit: number): Uint8Array {
  const fd = openToRead(file);
  try {
    const { size } = fstatSync(fd);
    if (size > limit) {
      fail('MODEL_FILE_TOO_LARGE', { file, limit: formatBytes(limit), got: formatBytes(size) });
    }
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, readFully(fd, file, bytes, 0));
  } finally {
    closeSync(fd);
  }
}

export function openToRead(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    return unreadable(file, error);
  }
}

/**
 * Reads into `bytes` from `position` on; returns how many came, fewer only at the file's end.
 * `file` is for messages.
 */
export function readFully(fd: number, file: string, bytes: Uint8Array, position: number): number {
  try {
    let done = 0;
    while (done < bytes.length) {
      // One read(2) moves at most 2^31 - 4096 bytes, and Node refuses to ask for more.
      const length = Math.min(bytes.length - done, 2 ** 30);
      const got = readSync(fd, bytes, done, length, position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  } catch (error) {
    return unreadable(file, error);
  }
}

/** Rethrows a failed system call as MODEL_FILE_UNREADABLE; any other error as it is. */
function unreadable(file: string, error: unknown): never {
  const reason = readProblem(error);
  if (reason) fail('MODEL_FILE_UNREADABLE', { file, reason }, { cause: error });
  throw error;
}

function decodeUtf8(bytes: Uint8Array, file: string, expected: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const got = 'bytes that are not UTF-8 text';
    return fail('MODEL_JSON_MALFORMED', { file, expected, got }, { cause: error });
  }
}
