/** @file Our encoder against a protobuf library: the same models must come out byte for byte. */
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { expect, test } from 'vitest';
import {
  ELEMENT_TYPE,
  externalTensor,
  inlineTensor,
  model,
  nodeProto,
  valueInfo,
  type Attribute,
} from './model-proto.ts';
import { toBytes } from './wire-format.ts';

const tensorType = (elemType: number, dim: { value: { case: 'dimParam'; value: string } }[]) => ({
  value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } },
});

const utf8 = (text: string) => new TextEncoder().encode(text);

test('element types have the numbers of onnx.proto', () => {
  expect(ELEMENT_TYPE).toEqual({
    f32: TensorProto_DataType.FLOAT,
    i8: TensorProto_DataType.INT8,
    i32: TensorProto_DataType.INT32,
    i64: TensorProto_DataType.INT64,
    bool: TensorProto_DataType.BOOL,
    f16: TensorProto_DataType.FLOAT16,
    bf16: TensorProto_DataType.BFLOAT16,
    u4: TensorProto_DataType.UINT4,
  });
});

test('a value info is encoded as the library does', () => {
  const dim = fc.oneof(fc.nat(), fc.constantFrom('B', 'B*S', 'größe'));
  fc.assert(
    fc.property(fc.string(), fc.array(dim, { maxLength: 5 }), (name, shape) => {
      const theirs = create(ValueInfoProtoSchema, {
        name,
        type: {
          value: {
            case: 'tensorType',
            value: {
              elemType: 1,
              shape: {
                dim: shape.map((d) => ({
                  value:
                    typeof d === 'number'
                      ? { case: 'dimValue' as const, value: BigInt(d) }
                      : { case: 'dimParam' as const, value: d },
                })),
              },
            },
          },
        },
      });
      expect(toBytes(valueInfo(name, 'f32', shape))).toEqual(
        toBinary(ValueInfoProtoSchema, theirs),
      );
    }),
  );
});

test('tensors inside and outside the model are encoded as the library does', () => {
  const data = Float32Array.of(1.5, -2, NaN);
  expect(toBytes(inlineTensor('c', data, [3]))).toEqual(
    toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, {
        name: 'c',
        dims: [3n],
        dataType: TensorProto_DataType.FLOAT,
        rawData: new Uint8Array(data.buffer),
      }),
    ),
  );
  const where = { location: 'model.safetensors', offset: 2 ** 40 + 3, length: 12 };
  expect(toBytes(externalTensor('w', 'bf16', [2, 3], where))).toEqual(
    toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, {
        name: 'w',
        dims: [2n, 3n],
        dataType: TensorProto_DataType.BFLOAT16,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(where).map(([key, value]) => ({ key, value: String(value) })),
      }),
    ),
  );
});

test('a model with every kind of attribute is encoded as the library does', () => {
  const inside = inlineTensor('', BigInt64Array.of(-1n, 2n), [2]);
  const attributes: Record<string, Attribute> = {
    axis: { int: -1 },
    alpha: { float: 0.125 },
    approximate: { string: 'tanh' },
    perm: { ints: [0, 2, 300, -4] },
    value: { tensor: inside },
  };
  const first = { op: 'Op', name: 'n', inputs: ['a', '', 'b'], outputs: ['y'], attributes };
  const theirs: MessageInitShape<typeof NodeProtoSchema> = {
    opType: 'Op',
    name: 'n',
    input: ['a', '', 'b'],
    output: ['y'],
    attribute: [
      { name: 'axis', type: Kind.INT, i: -1n },
      { name: 'alpha', type: Kind.FLOAT, f: 0.125 },
      { name: 'approximate', type: Kind.STRING, s: utf8('tanh') },
      { name: 'perm', type: Kind.INTS, ints: [0n, 2n, 300n, -4n] },
      { name: 'value', type: Kind.TENSOR, t: fromBinary(TensorProtoSchema, toBytes(inside)) },
    ],
  };
  const bytes = model({
    name: 'two nodes',
    nodes: [nodeProto(first), nodeProto({ ...first, domain: 'com.microsoft', attributes: {} })],
    initializers: [inlineTensor('c', Float32Array.of(3), [])],
    inputs: [valueInfo('a', 'i32', ['N'])],
    outputs: [valueInfo('y', 'bool', [])],
  });
  const expected = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: 'plimsoll',
    opsetImport: [
      { domain: '', version: 21n },
      { domain: 'com.microsoft', version: 1n },
    ],
    graph: {
      name: 'two nodes',
      node: [theirs, { ...theirs, domain: 'com.microsoft', attribute: [] }],
      initializer: [{ name: 'c', dataType: 1, rawData: new Uint8Array(Float32Array.of(3).buffer) }],
      input: [{ name: 'a', type: tensorType(6, [{ value: { case: 'dimParam', value: 'N' } }]) }],
      output: [{ name: 'y', type: tensorType(9, []) }],
    },
  });
  expect(bytes).toEqual(toBinary(ModelProtoSchema, expected));
});
