/**
 * @file Writing safetensors files, to the byte as the reference implementation writes them.
 *
 * Tensors are ordered by type (see dtypes.ts) and then by name; the header is padded with spaces to
 * 8 bytes. One tensor at a time is in memory where the caller gives its data as a function. The file
 * appears whole or not at all.
 * Source: safetensors 0.5, `prepare` and `serialize` in safetensors/src/tensor.rs.
 */
import { replaceFile, writeAll } from '#base';
import { DTYPE_BYTES, rankOf, type TensorDType } from './dtypes.ts';
import { encodeBf16, encodeF16 } from './half-floats.ts';

/**
 * Float32Array for F32, F16 and BF16 (rounded to nearest, ties to even), Int32Array for I32,
 * and for every type a Uint8Array with the bytes themselves.
 */
type TensorData = Float32Array | Int32Array | Uint8Array;

export interface TensorHead {
  readonly name: string;
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
}

export interface TensorToWrite extends TensorHead {
  /** A function is called once, when its turn has come. */
  readonly data: TensorData | (() => TensorData);
}

/** Elements converted at a time. */
const CHUNK_ELEMENTS = 256 * 1024;

/**
 * Replaces `file`. Every name, type and shape is needed before the first byte can be written;
 * the data are not.
 *
 * @throws PlimsollError DISK_FULL (naming the free space) or FILE_NOT_WRITABLE; the old file stays
 */
export function writeSafetensors(
  file: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const ordered = inOrder([...tensors]);
  const { header } = layOut(ordered, metadata);
  replaceFile(file, (fd) => {
    writeAll(fd, header);
    for (const tensor of ordered) writeTensor(fd, tensor);
  });
}

export interface Layout {
  /** All bytes before those of the tensors. */
  readonly header: Uint8Array;
  /** From the beginning of the file. */
  readonly offsetOf: ReadonlyMap<string, number>;
  readonly fileSize: number;
}

/** Where everything lies in a file of these tensors, for those who write them in another order. */
export function layOut(
  tensors: readonly TensorHead[],
  metadata: Readonly<Record<string, string>> = {},
): Layout {
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) entries.set('__metadata__', metadata);
  const begins = new Map<string, number>();
  let begin = 0;
  for (const tensor of inOrder(tensors)) {
    const { name, dtype, shape } = tensor;
    const end = begin + byteLength(tensor);
    entries.set(name, { dtype, shape, data_offsets: [begin, end] });
    begins.set(name, begin);
    begin = end;
  }
  const header = encodeHeader(entries);
  return {
    header,
    offsetOf: new Map([...begins].map(([name, at]) => [name, header.length + at])),
    fileSize: header.length + begin,
  };
}

function inOrder<T extends TensorHead>(tensors: readonly T[]): T[] {
  const ordered = tensors.toSorted(
    (a, b) => rankOf(b.dtype) - rankOf(a.dtype) || compareBytes(a.name, b.name),
  );
  checkNames(ordered);
  return ordered;
}

function encodeHeader(entries: ReadonlyMap<string, unknown>): Uint8Array {
  // Built by hand: in an object, names such as '7' would come first.
  const fields = [...entries].map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
  const json = Buffer.from(`{${fields.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = Buffer.alloc(8 + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(header, 8);
  return header;
}

function writeTensor(fd: number, tensor: TensorToWrite): void {
  const data = typeof tensor.data === 'function' ? tensor.data() : tensor.data;
  const encode = data instanceof Float32Array ? HALF_ENCODERS[tensor.dtype] : undefined;
  const fits =
    data instanceof Uint8Array ||
    tensor.dtype === (data instanceof Int32Array ? 'I32' : 'F32') ||
    encode !== undefined;
  const bytes = encode ? data.length * 2 : data.byteLength;
  if (!fits || bytes !== byteLength(tensor)) {
    const expected = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
    const got = `${data.constructor.name} of ${data.length}`;
    throw new Error(`internal: tensor '${tensor.name}': expected ${expected}, got ${got}`);
  }
  if (data instanceof Float32Array && encode) writeConverted(fd, data, encode);
  else writeAll(fd, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

const HALF_ENCODERS: Readonly<Partial<Record<TensorDType, typeof encodeF16>>> = {
  F16: encodeF16,
  BF16: encodeBf16,
};

function writeConverted(fd: number, data: Float32Array, encode: typeof encodeF16): void {
  const buffer = new Uint16Array(Math.min(CHUNK_ELEMENTS, data.length));
  for (let start = 0; start < data.length; start += CHUNK_ELEMENTS) {
    const part = data.subarray(start, start + CHUNK_ELEMENTS);
    const bits = buffer.subarray(0, part.length);
    encode(part, bits);
    writeAll(fd, new Uint8Array(bits.buffer, 0, bits.byteLength));
  }
}

function byteLength({ dtype, shape }: TensorHead): number {
  return shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
}

function checkNames(ordered: readonly TensorHead[]): void {
  const names = new Set(ordered.map(({ name }) => name));
  if (names.size !== ordered.length || names.has('__metadata__')) {
    throw new Error('internal: two tensors of one name, or one named __metadata__');
  }
}

/** The order of the names' UTF-8 bytes, which is not that of JavaScript's UTF-16 units. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
