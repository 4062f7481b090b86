/**
 * @file Memory for the values that cross between sessions, owned by us and used again, so that what
 * a step takes is known and does not wait for the garbage collector.
 *
 * An address-ordered first-fit allocator over a few large chunks (Knuth, TAOCP vol. 1, 2.5). Weak
 * point: free space between values of long and short life can go unused; within one step most
 * values are freed in the reverse of the order in which they were made, which leaves little of it.
 */
import type { DType, Tensor } from '#grad';

/** Free space of a chunk: from `start` up to `end`, both multiples of ALIGNMENT. */
interface Gap {
  start: number;
  end: number;
}

interface Chunk {
  readonly buffer: ArrayBuffer;
  /** by address; no two touch */
  readonly gaps: Gap[];
}

export class BufferPool {
  readonly #chunks: Chunk[] = [];
  #used = 0;
  #peak = 0;

  /** A tensor of undefined content. */
  acquire(dtype: DType, shape: readonly number[]): Tensor {
    const length = shape.reduce((a, b) => a * b, 1);
    const bytes = aligned(length * (dtype === 'bool' ? 1 : 4));
    this.#used += bytes;
    this.#peak = Math.max(this.#peak, this.#used);
    const [buffer, offset] = this.#take(bytes);
    const data =
      dtype === 'f32'
        ? new Float32Array(buffer, offset, length)
        : dtype === 'i32'
          ? new Int32Array(buffer, offset, length)
          : new Uint8Array(buffer, offset, length);
    return { dtype, shape, data };
  }

  /** Gives a tensor's memory back; it must not be used any more. */
  release({ data }: Tensor): void {
    const chunk = this.#chunks.find(({ buffer }) => buffer === data.buffer);
    if (!chunk) throw new Error('internal: a tensor was released to a pool that it is not from');
    const bytes = aligned(data.byteLength);
    this.#used -= bytes;
    insert(chunk.gaps, { start: data.byteOffset, end: data.byteOffset + bytes });
  }

  /** Bytes of the tensors that are out. */
  get usedBytes(): number {
    return this.#used;
  }

  /** The most that was out at once. */
  get peakBytes(): number {
    return this.#peak;
  }

  #take(bytes: number): [ArrayBuffer, number] {
    for (const { buffer, gaps } of this.#chunks) {
      const at = gaps.findIndex(({ start, end }) => end - start >= bytes);
      const gap = gaps[at];
      if (!gap) continue;
      const { start } = gap;
      gap.start += bytes;
      if (gap.start === gap.end) gaps.splice(at, 1);
      return [buffer, start];
    }
    const size = Math.max(CHUNK, bytes);
    const buffer = new ArrayBuffer(size);
    this.#chunks.push({ buffer, gaps: size === bytes ? [] : [{ start: bytes, end: size }] });
    return [buffer, 0];
  }
}

/** A cache line, which is also what ONNX Runtime aligns its own tensors to. */
const ALIGNMENT = 64;
/** Address space asked for at once. The kernel gives memory to the pages that are written, no others. */
const CHUNK = 256 * 2 ** 20;

const aligned = (bytes: number): number =>
  Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);

/** Puts free space back in its place and joins it with its neighbours. */
function insert(gaps: Gap[], freed: Gap): void {
  const found = gaps.findIndex(({ start }) => start >= freed.end);
  const at = found === -1 ? gaps.length : found;
  const [before, after] = [gaps[at - 1], gaps[at]];
  const joinsBefore = before?.end === freed.start;
  const joinsAfter = after?.start === freed.end;
  if (before && joinsBefore) {
    before.end = after && joinsAfter ? after.end : freed.end;
    if (joinsAfter) gaps.splice(at, 1);
  } else if (after && joinsAfter) after.start = freed.start;
  else gaps.splice(at, 0, freed);
}
