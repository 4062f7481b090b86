/**
 * @file The two 16-bit floating point types, to and from 32 bits.
 *
 * f16 (IEEE 754 binary16): 1 sign, 5 exponent, 10 fraction bits, up to 65,504, subnormals of 2^-24.
 * bf16: the upper half of an f32, so its range with 7 fraction bits.
 * Both encoders round to the nearest value, a tie to the one whose last bit is 0; what is too large
 * becomes infinity. Every 16-bit value, NaNs with their payloads included, survives the way to f32
 * and back.
 */

/** Decodes f16 bits into `to`, which has their length. */
export function decodeF16(bits: Uint16Array, to: Float32Array): void {
  const out = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i] ?? 0;
    const sign = (half & 0x8000) << 16;
    const exponent = half & 0x7c00;
    if (exponent === 0) {
      to[i] = (half & 0x3ff) * 2 ** -24; // zero or subnormal
      out[i] = (out[i] ?? 0) | sign;
    } else if (exponent === 0x7c00) {
      out[i] = sign | 0x7f800000 | ((half & 0x3ff) << 13); // infinity or NaN
    } else {
      out[i] = sign | (((half & 0x7fff) << 13) + (112 << 23)); // exponent bias 15 -> 127
    }
  }
}

/** Decodes bf16 bits into `to`, which has their length. */
export function decodeBf16(bits: Uint16Array, to: Float32Array): void {
  const out = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let i = 0; i < bits.length; i++) out[i] = (bits[i] ?? 0) << 16;
}

/** Rounds `from` to f16 and puts the bits into `to`, which has its length. */
export function encodeF16(from: Float32Array, to: Uint16Array): void {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0; i < bits.length; i++) {
    const full = bits[i] ?? 0;
    const sign = (full >>> 16) & 0x8000;
    to[i] = sign | f16Magnitude(full & 0x7fffffff);
  }
}

/** Rounds `from` to bf16 and puts the bits into `to`, which has its length. */
export function encodeBf16(from: Float32Array, to: Uint16Array): void {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0; i < bits.length; i++) {
    const full = bits[i] ?? 0;
    to[i] = (full & 0x7fffffff) > 0x7f800000 ? bf16Nan(full) : rounded(full, 16);
  }
}

/** f32 bits without their sign -> f16 bits without their sign. */
function f16Magnitude(full: number): number {
  if (full > 0x7f800000) return f16Nan(full);
  if (full >= 0x47800000) return 0x7c00; // 65,536 and more; 65,520 to there carries into infinity
  if (full >= 0x38800000) return rounded(full, 13) - (112 << 10); // 2^-14: the smallest normal
  const exponent = full >>> 23;
  if (exponent < 102) return 0; // below 2^-25, half of the smallest subnormal
  // The value is fraction * 2^(exponent - 150), counted in units of 2^-24.
  return rounded((full & 0x7fffff) | 0x800000, 126 - exponent);
}

/** `value` / 2^`places`, rounded to the nearest whole number, a tie to the even one. */
function rounded(value: number, places: number): number {
  const kept = value >>> places;
  const lost = value & (2 ** places - 1);
  const half = 2 ** (places - 1);
  return kept + (lost > half || (lost === half && (kept & 1) === 1) ? 1 : 0);
}

function f16Nan(full: number): number {
  return 0x7c00 | ((full & 0x7fffff) >>> 13 || 0x200); // a payload that got lost must not leave infinity
}

function bf16Nan(full: number): number {
  return (full & 0x7f0000) === 0 ? (full >>> 16) | 0x40 : full >>> 16;
}
