/**
 * @file The protobuf wire format, as far as ONNX models need it: varints, 32-bit floats and
 * length-delimited fields. https://protobuf.dev/programming-guides/encoding
 *
 * Ours instead of a library because loading one costs 50 ms and 12 MiB (measured: Node 20,
 * @bufbuild/protobuf 2.17.0 with onnx-buf 1.20.0-1), and a trainer inside 256 MiB has neither to
 * spare. The tests encode the same models with that library and compare bytes.
 */

/**
 * An encoded field, or several in a row, or a message: a string with a character for each byte.
 * Messages are built from the inside out, and the engine joins strings without copying them; typed
 * arrays, each a buffer of its own, kept the garbage collector busy for half of the time.
 */
export type Encoded = string;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Field `field` as an integer; negative numbers take ten bytes, as protobuf's int64 does. */
export function integer(field: number, value: number): Encoded {
  return key(field, VARINT) + varint(value);
}

/** Field `field` as a 32-bit float. */
export function float(field: number, value: number): Encoded {
  return key(field, FIXED_32) + raw(Float32Array.of(value));
}

/** Field `field` as text, in UTF-8. */
export function text(field: number, value: string): Encoded {
  return delimited(field, Buffer.from(value).toString('latin1'));
}

/** Field `field` as bytes, or as a message that is already encoded. */
export function delimited(field: number, value: Encoded): Encoded {
  return key(field, LENGTH_DELIMITED) + varint(value.length) + value;
}

/** The bytes of an array as they lie in memory: little-endian on every machine that Node runs on. */
export function raw({ buffer, byteOffset, byteLength }: ArrayBufferView): Encoded {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

export function toBytes(message: Encoded): Uint8Array {
  return new Uint8Array(Buffer.from(message, 'latin1'));
}

function key(field: number, wireType: number): Encoded {
  return varint((field << 3) | wireType);
}

/** Seven bits a byte, the lowest first, the high bit set on all but the last. */
function varint(value: number): Encoded {
  if (value < 0 || value > 0x7fffffff) return longVarint(BigInt(value));
  let bytes = '';
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes += String.fromCharCode((rest & 0x7f) | 0x80);
  return bytes + String.fromCharCode(rest);
}

function longVarint(value: bigint): Encoded {
  let bytes = '';
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes += String.fromCharCode(Number(rest & 0x7fn) | 0x80);
  return bytes + String.fromCharCode(Number(rest));
}
