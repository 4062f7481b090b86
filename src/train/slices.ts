/**
 * @file Tensors cut along one axis: what a segment that runs in slices is fed, and how its results come
 * together again.
 */
import { floats, type Shape, type Tensor } from '#grad';

/** The axis of a shape that a symbol stands for; -1 where it has none. */
export function axisOf(shape: Shape, symbol: string): number {
  return shape.indexOf(symbol);
}

/** Copies elements [from, from + length of the part) of the whole's axis to the part. */
export function cutSlice(whole: Tensor, axis: number, from: number, part: Tensor): void {
  forEachRun(whole, axis, from, part, (at, partAt, length) => {
    part.data.set(whole.data.subarray(at, at + length), partAt);
  });
}

/** Puts the part where `cutSlice` would take it from. */
export function pasteSlice(whole: Tensor, axis: number, from: number, part: Tensor): void {
  forEachRun(whole, axis, from, part, (at, partAt, length) => {
    whole.data.set(part.data.subarray(partAt, partAt + length), at);
  });
}

/** sum += part, for results that every slice adds its share to. */
export function addInto(sum: Float32Array, part: Tensor): void {
  const data = floats(part);
  for (let i = 0; i < data.length; i++) sum[i] = sum[i]! + data[i]!;
}

/** Calls back for each stretch of elements that lie together in both. */
function forEachRun(
  whole: Tensor,
  axis: number,
  from: number,
  part: Tensor,
  run: (at: number, partAt: number, length: number) => void,
): void {
  const inner = whole.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = whole.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const [stride, length] = [whole.shape[axis]! * inner, part.shape[axis]! * inner];
  for (let i = 0; i < outer; i++) run(i * stride + from * inner, i * length, length);
}
