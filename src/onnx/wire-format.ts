/**
 * @file The protobuf wire format, as far as ONNX models need it: varints, 32-bit floats and
 * length-delimited fields. https://protobuf.dev/programming-guides/encoding
 *
 * Ours instead of a library because loading one costs 50 ms and 12 MiB (measured: Node 20,
 * @bufbuild/protobuf 2.17.0 with onnx-buf 1.20.0-1), and a trainer inside 256 MiB has neither to
 * spare. The tests encode the same models with that library and compare bytes.
 */

/** An encoded field, or several in a row. */
export type Bytes = Uint8Array;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextEncoder();

/** Field `field` as an integer; negative numbers take ten bytes, as protobuf's int64 does. */
export function integer(field: number, value: number): Bytes {
  return Uint8Array.from([...key(field, VARINT), ...varint(value)]);
}

/** Field `field` as a 32-bit float. */
export function float(field: number, value: number): Bytes {
  const body = new Uint8Array(4);
  new DataView(body.buffer).setFloat32(0, value, true);
  return headed(key(field, FIXED_32), body);
}

/** Field `field` as text, bytes, or a message that is already encoded. */
export function delimited(field: number, value: string | Bytes): Bytes {
  const body = typeof value === 'string' ? utf8.encode(value) : value;
  return headed([...key(field, LENGTH_DELIMITED), ...varint(body.length)], body);
}

/** Parts one after another: the body of a message from its fields. */
export function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

function headed(head: readonly number[], body: Bytes): Bytes {
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

function key(field: number, wireType: number): number[] {
  return varint((field << 3) | wireType);
}

/** Seven bits a byte, the lowest first, the high bit set on all but the last. */
function varint(value: number): number[] {
  if (value < 0 || value > 0x7fffffff) return longVarint(BigInt(value));
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

function longVarint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return bytes;
}
