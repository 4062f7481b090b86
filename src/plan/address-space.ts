/**
 * @file Where values lie in memory that is used again and again: an address-ordered first-fit allocator
 * (Knuth, TAOCP vol. 1, 2.5) over a few large chunks. It knows numbers only: the trainer puts buffers
 * behind them, the predictor nothing.
 *
 * Weak point: free space between values of long and short life can go unused; within one step most
 * values are freed in the reverse of the order in which they were made, which leaves little of it.
 */

export interface Place {
  readonly chunk: number;
  readonly start: number;
  /** a multiple of ALIGNMENT */
  readonly bytes: number;
}

/** Free space of a chunk, both ends multiples of ALIGNMENT. */
interface Gap {
  start: number;
  end: number;
}

interface Chunk {
  readonly size: number;
  /** by address; no two touch */
  readonly gaps: Gap[];
  /** how far it was ever used: what lies behind has cost no memory */
  high: number;
}

export class AddressSpace {
  readonly #chunks: Chunk[] = [];
  #used = 0;

  acquire(bytes: number): Place {
    const size = aligned(bytes);
    const place = this.#find(size);
    const chunk = this.#chunks[place.chunk]!;
    chunk.high = Math.max(chunk.high, place.start + size);
    this.#used += size;
    return place;
  }

  release({ chunk, start, bytes }: Place): void {
    this.#used -= bytes;
    insert(this.#chunks[chunk]!.gaps, { start, end: start + bytes });
  }

  /** Sizes of the chunks, in the order in which they came to be. */
  get chunkSizes(): readonly number[] {
    return this.#chunks.map(({ size }) => size);
  }

  /** Bytes of what is out. */
  get usedBytes(): number {
    return this.#used;
  }

  /** Bytes that were ever used, and stay in memory. */
  get touchedBytes(): number {
    return this.#chunks.reduce((sum, { high }) => sum + high, 0);
  }

  #find(bytes: number): Place {
    for (const [chunk, { gaps }] of this.#chunks.entries()) {
      const at = gaps.findIndex(({ start, end }) => end - start >= bytes);
      const gap = gaps[at];
      if (!gap) continue;
      const { start } = gap;
      gap.start += bytes;
      if (gap.start === gap.end) gaps.splice(at, 1);
      return { chunk, start, bytes };
    }
    const size = Math.max(CHUNK, bytes);
    const gaps = size === bytes ? [] : [{ start: bytes, end: size }];
    this.#chunks.push({ size, gaps, high: 0 });
    return { chunk: this.#chunks.length - 1, start: 0, bytes };
  }
}

/** A cache line, which is also what ONNX Runtime aligns its own tensors to. */
const ALIGNMENT = 64;
/** Address space asked for at once. The kernel gives memory to the pages that are written, no others. */
const CHUNK = 256 * 2 ** 20;

function aligned(bytes: number): number {
  return Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
}

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
