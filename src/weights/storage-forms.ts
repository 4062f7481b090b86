/** @file What each storage of a weight looks like in a safetensors file, and how float32 becomes that. */
import { BLOCK, type WeightStorage } from '#base';
import { encodeBf16, encodeF16 } from './half-floats.ts';
import { quantizeBlocks, quantizeRows } from './quantize.ts';
import type { TensorHead } from './write-safetensors.ts';

export interface Parts<T> {
  readonly numbers: T;
  /** float32; with integers */
  readonly scales?: T;
  /** 4 bits each; with 4-bit integers */
  readonly zeroPoints?: T;
}

export const PARTS = ['numbers', 'scales', 'zeroPoints'] as const satisfies (keyof Parts<0>)[];

type Numbers = Float32Array | Uint16Array | Int8Array | Uint8Array;

interface Form {
  /** The tensors of the file that hold the tensor `name`. */
  readonly heads: (name: string, shape: readonly number[]) => Parts<TensorHead>;
  /** Rows of `width` numbers, encoded into `room`. */
  readonly encode: (values: Float32Array, width: number, room: EncodingRoom) => Parts<Numbers>;
}

/** Memory for what rows are encoded to, used again and again. */
export interface EncodingRoom {
  readonly numbers: ArrayBuffer;
  readonly scales: Float32Array;
  readonly zeroPoints: Uint8Array;
}

/** For up to `most` numbers at once. */
export function encodingRoom(most: number): EncodingRoom {
  return {
    numbers: new ArrayBuffer(2 * most),
    scales: new Float32Array(most), // a row can be one number
    zeroPoints: new Uint8Array(Math.ceil(most / (2 * BLOCK))),
  };
}

export const FORMS: Readonly<Record<WeightStorage, Form>> = {
  f32: {
    heads: (name, shape) => ({ numbers: { name, dtype: 'F32', shape } }),
    encode: (values) => ({ numbers: values }),
  },
  f16: halfFloats('F16', encodeF16),
  bf16: halfFloats('BF16', encodeBf16),
  i8: {
    heads: (name, shape) => ({
      numbers: { name, dtype: 'I8', shape },
      scales: { name: `${name}.scales`, dtype: 'F32', shape: shape.slice(0, 1) },
    }),
    encode(values, width, room) {
      const numbers = new Int8Array(room.numbers, 0, values.length);
      const scales = room.scales.subarray(0, values.length / width);
      quantizeRows(values, width, { numbers, scales });
      return { numbers, scales };
    },
  },
  u4: {
    heads(name, [height = 1, width = 1]) {
      const zeroPoints = `${name}.zero_points`;
      return {
        numbers: { name, dtype: 'U8', shape: [height, width / 2] },
        scales: { name: `${name}.scales`, dtype: 'F32', shape: [height, width / BLOCK] },
        zeroPoints: { name: zeroPoints, dtype: 'U8', shape: [height, width / (2 * BLOCK)] },
      };
    },
    encode(values, _, room) {
      const { length } = values;
      const numbers = new Uint8Array(room.numbers, 0, length / 2);
      const scales = room.scales.subarray(0, length / BLOCK);
      const zeroPoints = room.zeroPoints.subarray(0, length / (2 * BLOCK));
      quantizeBlocks(values, { numbers, scales, zeroPoints });
      return { numbers, scales, zeroPoints };
    },
  },
};

function halfFloats(dtype: 'F16' | 'BF16', encode: typeof encodeF16): Form {
  return {
    heads: (name, shape) => ({ numbers: { name, dtype, shape } }),
    encode(values, _, room) {
      const numbers = new Uint16Array(room.numbers, 0, values.length);
      encode(values, numbers);
      return { numbers };
    },
  };
}
