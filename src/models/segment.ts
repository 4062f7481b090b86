/**
 * @file A model as training sees it: a chain of segments. Each is a graph from named boundary values
 * and batch inputs to named boundary values; only boundaries cross from one segment to the next.
 */
import { GraphBuilder, type Value } from '#grad';
import type { AdapterSpec } from './adapter-spec.ts';
import type { LayerContext } from './layers.ts';

export interface Segment {
  readonly name: string;
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
}

/** Builds a segment: `build` declares inputs through the returned context and gives the outputs. */
export function segment(
  name: string,
  options: BuildOptions,
  build: (context: LayerContext, input: InputOf) => Ports,
): Segment {
  const g = new GraphBuilder(name);
  const inputs: Record<string, Value> = {};
  const input: InputOf = (port, dtype, shape) => (inputs[port] = g.input(port, dtype, shape));
  const outputs = build({ g, ...options, training: true }, input);
  return { name, g, inputs, outputs };
}

export type InputOf = (port: string, dtype: Value['dtype'], shape: Value['shape']) => Value;
