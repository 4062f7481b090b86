/**
 * @file A model as training sees it: a chain of segments. Each is a graph from named boundary values
 * and batch inputs to named boundary values; only boundaries cross from one segment to the next.
 */
import { GraphBuilder, type Value } from '#grad';
import type { AdapterSpec } from './adapter-spec.ts';
import type { LayerContext } from './layers.ts';

export interface Segment {
  readonly name: string;
  /** segments of one group, such as the parts of a block, are kept or computed again together */
  readonly group: string;
  /** a symbol whose axis may be cut: what has none of it is the same for all slices */
  readonly sliceable: string | null;
  /** still open: the trainer adds the gradient of the outputs to the same graph */
  readonly g: GraphBuilder;
  /** boundary values and batch inputs by name */
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
}

export type Ports = Readonly<Record<string, Value>>;

export interface BuildOptions {
  readonly adapter: AdapterSpec | null;
  /** the base model's own dropout in training */
  readonly dropout: number;
  /** each block in parts (attention's products, feed-forward, ...) instead of as one segment */
  readonly parts?: boolean;
}

export interface SegmentPlace {
  /** absent: a group by itself */
  readonly group?: string;
  readonly sliceable?: string;
}

/** Builds a segment: `build` declares inputs through the returned context and gives the outputs. */
export function segment(
  name: string,
  options: BuildOptions,
  build: (context: LayerContext, input: InputOf) => Ports,
  { group = name, sliceable }: SegmentPlace = {},
): Segment {
  const g = new GraphBuilder(name);
  const inputs: Record<string, Value> = {};
  const input: InputOf = (port, dtype, shape) => (inputs[port] = g.input(port, dtype, shape));
  const { adapter, dropout } = options;
  const outputs = build({ g, adapter, dropout, training: true }, input);
  return { name, group, sliceable: sliceable ?? null, g, inputs, outputs };
}

export type InputOf = (port: string, dtype: Value['dtype'], shape: Value['shape']) => Value;
