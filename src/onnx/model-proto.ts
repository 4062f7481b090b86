/**
 * @file An ONNX model as protobuf bytes: the few messages of onnx.proto that a lowered graph needs.
 * Field numbers: https://github.com/onnx/onnx/blob/v1.20.0/onnx/onnx.proto
 */
import { delimited, float, integer, raw, text, toBytes, type Encoded } from './wire-format.ts';

/** TensorProto.DataType */
export const ELEMENT_TYPE = {
  f32: 1,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  bf16: 16,
  u4: 21,
} as const;
export type ElementType = keyof typeof ELEMENT_TYPE;
/** What an input or output is: a tensor of some type, or a sequence of float tensors. */
export type PortType = ElementType | 'sequence';

/** The domain of ONNX Runtime's own operators (FusedMatMul, GatherBlockQuantized). */
export const MICROSOFT = 'com.microsoft';

/** Released May 2024 (ONNX 1.16); Gelu came with 20. ONNX Runtime 1.30 knows all of 21. */
const OPSET = 21;
const MICROSOFT_OPSET = 1;
/** The format version that belongs to opset 21. */
const IR_VERSION = 10;

/** ONNX tells ints from floats; JavaScript does not, so the writer says which it means. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly tensor: Encoded }
  | { readonly graph: Encoded };

export interface NodeParts {
  readonly op: string;
  readonly domain?: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface ModelParts {
  readonly name: string;
  readonly nodes: readonly Encoded[];
  readonly initializers: readonly Encoded[];
  readonly inputs: readonly Encoded[];
  readonly outputs: readonly Encoded[];
}

/** A whole model (ModelProto), ready for ONNX Runtime. */
export function model(parts: ModelParts): Uint8Array {
  return toBytes(
    joined([
      integer(1, IR_VERSION),
      text(2, 'plimsoll'),
      delimited(7, graphProto(parts)),
      delimited(8, text(1, '') + integer(2, OPSET)),
      delimited(8, text(1, MICROSOFT) + integer(2, MICROSOFT_OPSET)),
    ]),
  );
}

/** A graph (GraphProto): a model's own, or a branch's. */
export function graphProto(parts: ModelParts): Encoded {
  return joined([
    ...parts.nodes.map((node) => delimited(1, node)),
    text(2, parts.name),
    ...parts.initializers.map((tensor) => delimited(5, tensor)),
    ...parts.inputs.map((value) => delimited(11, value)),
    ...parts.outputs.map((value) => delimited(12, value)),
  ]);
}

/** One operator of the graph (NodeProto). */
export function nodeProto(parts: NodeParts): Encoded {
  return joined([
    ...parts.inputs.map((name) => text(1, name)),
    ...parts.outputs.map((name) => text(2, name)),
    text(3, parts.name),
    text(4, parts.op),
    ...Object.entries(parts.attributes ?? {}).map(([name, value]) =>
      delimited(5, attribute(name, value)),
    ),
    parts.domain === undefined ? '' : text(7, parts.domain),
  ]);
}

/**
 * Name, element type and shape of an input or output (ValueInfoProto); a string dim is a symbol, null
 * says nothing of the shape.
 */
export function valueInfo(
  name: string,
  type: PortType,
  shape: readonly (number | string)[] | null,
): Encoded {
  if (type === 'sequence') {
    const tensors = delimited(1, integer(1, ELEMENT_TYPE.f32));
    return text(1, name) + delimited(2, delimited(4, delimited(1, tensors)));
  }
  const dims = shape?.map((dim) =>
    delimited(1, typeof dim === 'number' ? integer(1, dim) : text(2, dim)),
  );
  const tensorType =
    integer(1, ELEMENT_TYPE[type]) + (dims === undefined ? '' : delimited(2, joined(dims)));
  return text(1, name) + delimited(2, delimited(1, tensorType));
}

/** A constant whose bytes are inside the model (TensorProto). */
export function inlineTensor(
  name: string,
  data: Float32Array | BigInt64Array,
  shape: readonly number[],
): Encoded {
  const type = data instanceof Float32Array ? ELEMENT_TYPE.f32 : ELEMENT_TYPE.i64;
  return joined([
    ...shape.map((dim) => integer(1, dim)),
    integer(2, type),
    text(8, name),
    delimited(9, raw(data)),
  ]);
}

/** A constant whose bytes stay in a file (TensorProto with external data). */
export function externalTensor(
  name: string,
  type: ElementType,
  shape: readonly number[],
  where: { readonly location: string; readonly offset: number; readonly length: number },
): Encoded {
  const entries = Object.entries(where).map(([entry, value]) =>
    delimited(13, text(1, entry) + text(2, String(value))),
  );
  const EXTERNAL = 1;
  return joined([
    ...shape.map((dim) => integer(1, dim)),
    integer(2, ELEMENT_TYPE[type]),
    text(8, name),
    ...entries,
    integer(14, EXTERNAL),
  ]);
}

/** AttributeProto.AttributeType */
const KIND = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, ints: 7 } as const;

function attribute(name: string, value: Attribute): Encoded {
  const [payload, kind] = payloadOf(value);
  return joined([text(1, name), payload, integer(20, kind)]);
}

function payloadOf(value: Attribute): [Encoded, number] {
  if ('float' in value) return [float(2, value.float), KIND.float];
  if ('int' in value) return [integer(3, value.int), KIND.int];
  if ('string' in value) return [text(4, value.string), KIND.string];
  if ('tensor' in value) return [delimited(5, value.tensor), KIND.tensor];
  if ('graph' in value) return [delimited(6, value.graph), KIND.graph];
  return [joined(value.ints.map((item) => integer(8, item))), KIND.ints];
}

function joined(parts: readonly Encoded[]): Encoded {
  return parts.join('');
}
