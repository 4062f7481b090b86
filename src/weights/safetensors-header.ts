/**
 * @file The header of a safetensors file: which tensors it holds, and where.
 *
 * The format: 8 bytes, little-endian, the length of the header; the header, a JSON object that gives
 * for each tensor its dtype, shape and [begin, end) behind the header, and under `__metadata__` texts;
 * then the tensors' bytes without gaps or overlaps. All of that is checked before anything is used,
 * since offsets from outside would let a read go anywhere.
 * Source: https://github.com/huggingface/safetensors#format
 */
import { closeSync, fstatSync, realpathSync } from 'node:fs';
import { fail, formatBytes } from '#base';
import { DTYPE_BYTES, isTensorDType, type TensorDType } from './dtypes.ts';
import { MAX_HEADER_BYTES } from './limits.ts';
import { isJsonObject, openToRead, parseJsonObject, readFully } from './read-json.ts';

/** Where a tensor's bytes lie. */
export interface TensorLocation {
  readonly name: string;
  /** Absolute, without symbolic links. */
  readonly file: string;
  /** From the beginning of the file, in bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
}

export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly tensors: Map<string, TensorLocation>;
  readonly metadata: Record<string, string>;
}

const LENGTH_BYTES = 8;

/**
 * Reads and checks the header of `file`; of the tensors nothing is read.
 *
 * @throws PlimsollError SAFETENSORS_MALFORMED, SAFETENSORS_TRUNCATED, MODEL_FILE_UNREADABLE
 */
export function readSafetensorsHeader(file: string): SafetensorsHeader {
  const { header, dataStart, fileSize } = readHeaderJson(file);
  const real = realpathSync(file);
  const tensors = new Map<string, TensorLocation>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = parseMetadata(file, entry);
    else tensors.set(name, { name, file: real, ...parseTensor(file, name, entry, dataStart) });
  }
  checkCoverage(file, tensors, dataStart, fileSize);
  return { tensors, metadata };
}

function readHeaderJson(file: string) {
  const fd = openToRead(file);
  try {
    const fileSize = fstatSync(fd).size;
    const prefix = new Uint8Array(LENGTH_BYTES);
    if (readFully(fd, file, prefix, 0) < LENGTH_BYTES) {
      fail('SAFETENSORS_TRUNCATED', { file, expected: LENGTH_BYTES, got: fileSize });
    }
    const length = new DataView(prefix.buffer).getBigUint64(0, true);
    if (length > BigInt(MAX_HEADER_BYTES)) {
      const expected = `a header of at most ${formatBytes(MAX_HEADER_BYTES)}`;
      fail('SAFETENSORS_MALFORMED', { file, expected, got: `${length} bytes` });
    }
    const dataStart = LENGTH_BYTES + Number(length);
    if (dataStart > fileSize) {
      fail('SAFETENSORS_TRUNCATED', { file, expected: dataStart, got: fileSize });
    }
    const bytes = new Uint8Array(Number(length));
    readFully(fd, file, bytes, LENGTH_BYTES);
    return { header: parseJsonObject(bytes, `${file} (header)`), dataStart, fileSize };
  } finally {
    closeSync(fd);
  }
}

function parseMetadata(file: string, entry: unknown): Record<string, string> {
  if (!isTexts(entry)) {
    const expected = '__metadata__ to map names to texts';
    fail('SAFETENSORS_MALFORMED', { file, expected, got: shown(entry) });
  }
  return entry;
}

function parseTensor(file: string, tensor: string, entry: unknown, dataStart: number) {
  const malformed = (expected: string, got: unknown): never =>
    fail('SAFETENSORS_MALFORMED', { file, tensor, expected, got: shown(got) });
  if (!isJsonObject(entry)) return malformed('dtype, shape and data_offsets', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isTensorDType(dtype)) {
    return malformed(`a dtype of ${Object.keys(DTYPE_BYTES).join(', ')}`, dtype);
  }
  if (!isCounts(shape)) return malformed('a shape of whole numbers from 0 on', shape);
  if (!isCounts(offsets)) return malformed('data_offsets of two whole numbers', offsets);
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2 || begin > end) {
    return malformed('data_offsets [begin, end] with begin <= end', offsets);
  }
  const length = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  if (length !== end - begin) {
    const expected = `${length} bytes for ${dtype} [${shape.join(', ')}]`;
    return malformed(expected, `${end - begin} bytes, data_offsets [${begin}, ${end}]`);
  }
  return { offset: dataStart + begin, length, dtype, shape };
}

/** The tensors, in the order of their bytes, must follow one another from the header to the end. */
function checkCoverage(
  file: string,
  tensors: ReadonlyMap<string, TensorLocation>,
  dataStart: number,
  fileSize: number,
): void {
  const ordered = [...tensors.values()].toSorted(
    (a, b) => a.offset - b.offset || a.length - b.length,
  );
  let next = dataStart;
  for (const { name, offset, length } of ordered) {
    if (offset !== next) {
      const what = offset < next ? 'overlaps the one before' : 'leaves a gap before it';
      const expected = `its data to begin at ${next - dataStart}`;
      const got = `${offset - dataStart}: it ${what}`;
      fail('SAFETENSORS_MALFORMED', { file, tensor: name, expected, got });
    }
    next = offset + length;
  }
  if (next > fileSize) fail('SAFETENSORS_TRUNCATED', { file, expected: next, got: fileSize });
  if (next < fileSize) {
    const expected = `a file of ${next} bytes, which its tensors fill`;
    fail('SAFETENSORS_MALFORMED', { file, expected, got: `${fileSize} bytes` });
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** A value from outside, short enough for a message. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
