/**
 * @file Memory for the values that cross between sessions, owned by us and used again, so that what
 * a step takes is known and does not wait for the garbage collector.
 */
import type { DType, Tensor } from '#grad';
import { AddressSpace, type Place } from '#plan';
import { freeBuffer } from './free-buffer.ts';

export class BufferPool {
  #space = new AddressSpace();
  #chunks: ArrayBuffer[] = [];
  readonly #places = new Map<Tensor['data'], Place>();

  /** A tensor of undefined content. */
  acquire(dtype: DType, shape: readonly number[]): Tensor {
    const length = shape.reduce((a, b) => a * b, 1);
    const place = this.#space.acquire(length * (dtype === 'bool' ? 1 : 4));
    const buffer = this.#chunk(place.chunk);
    const data =
      dtype === 'f32'
        ? new Float32Array(buffer, place.start, length)
        : dtype === 'i32'
          ? new Int32Array(buffer, place.start, length)
          : new Uint8Array(buffer, place.start, length);
    this.#places.set(data, place);
    return { dtype, shape, data };
  }

  /** Gives a tensor's memory back; it must not be used any more. */
  release({ data }: Tensor): void {
    const place = this.#places.get(data);
    if (!place) throw new Error('internal: a tensor was released to a pool that it is not from');
    this.#places.delete(data);
    this.#space.release(place);
  }

  /** Bytes of the tensors that are out. */
  get usedBytes(): number {
    return this.#space.usedBytes;
  }

  /** Bytes that were ever used, which stay in memory. */
  get touchedBytes(): number {
    return this.#space.touchedBytes;
  }

  /** Gives all memory back to the kernel; no tensor of the pool may be used any more. */
  reset(): void {
    for (const chunk of this.#chunks) freeBuffer(chunk);
    this.#chunks = [];
    this.#places.clear();
    this.#space = new AddressSpace();
  }

  #chunk(index: number): ArrayBuffer {
    return (this.#chunks[index] ??= new ArrayBuffer(this.#space.chunkSizes[index]!));
  }
}
