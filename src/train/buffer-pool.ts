/**
 * @file Memory for the values that cross between sessions, owned by us and used again, so that what
 * a step takes is known and does not wait for the garbage collector.
 */
import type { DType, Tensor } from '#grad';

export class BufferPool {
  /** free buffers, smallest first */
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;
  #peakBytes = 0;

  /** A tensor of undefined content. */
  acquire(dtype: DType, shape: readonly number[]): Tensor {
    const length = shape.reduce((a, b) => a * b, 1);
    const buffer = this.#take(length * (dtype === 'bool' ? 1 : 4));
    const data =
      dtype === 'f32'
        ? new Float32Array(buffer, 0, length)
        : dtype === 'i32'
          ? new Int32Array(buffer, 0, length)
          : new Uint8Array(buffer, 0, length);
    return { dtype, shape, data };
  }

  /** Gives a tensor's memory back; it must not be used any more. */
  release(tensor: Tensor): void {
    const buffer = tensor.data.buffer as ArrayBuffer;
    const at = this.#free.findIndex((other) => other.byteLength >= buffer.byteLength);
    this.#free.splice(at === -1 ? this.#free.length : at, 0, buffer);
  }

  /** Bytes held, in use or free. */
  get bytes(): number {
    return this.#bytes;
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  #take(bytes: number): ArrayBuffer {
    const at = this.#free.findIndex((buffer) => buffer.byteLength >= bytes);
    const found = this.#free[at];
    if (found && found.byteLength <= bytes * MOST_SLACK + PAGE) {
      this.#free.splice(at, 1);
      return found;
    }
    // What is too small now was sized for shorter batches: let the largest such one go, so that the
    // pool follows the batches instead of keeping a set of buffers for every length it has seen.
    const outgrown = (at === -1 ? this.#free.length : at) - 1;
    if (outgrown >= 0) {
      const [dropped] = this.#free.splice(outgrown, 1);
      this.#bytes -= dropped?.byteLength ?? 0;
    }
    const size = Math.max(PAGE, Math.ceil(bytes / PAGE) * PAGE);
    this.#bytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    return new ArrayBuffer(size);
  }
}

const PAGE = 4096;
/** A free buffer serves a request that fills at least a quarter of it. */
const MOST_SLACK = 4;
