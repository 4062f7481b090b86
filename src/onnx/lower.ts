/** @file A graph of grad/ as an ONNX graph: walks the values, applies the rules, places the weights. */
import type { Graph, Value, ValueOf } from '#grad';
import { dataFolder, type WeightLocation } from './external-data.ts';
import { lowerValue, type Lowering } from './lowering-rules.ts';
import { writeGraph, type OnnxGraph, type Port } from './onnx-graph.ts';
import { runtimeDims } from './runtime-dims.ts';
import { storedWeight, type StoredWeight } from './stored-weights.ts';

/** Where a weight is: in a file, or fed at each run under its own name. */
export type WeightBinding = WeightLocation | 'fed';

/** A value that is given at each run. */
export type FedValue = ValueOf<'input'> | ValueOf<'weight'>;

export interface LoweredGraph {
  readonly onnx: OnnxGraph;
  /** The graph's inputs and the weights that are bound to be fed. */
  readonly feeds: readonly FedValue[];
  /** The folder below which the weights' files lie; null where no weight is in a file. */
  readonly folder: string | null;
}

export function lower(graph: Graph, bind: (weightName: string) => WeightBinding): LoweredGraph {
  const bindings = new Map(graph.weights.map(({ params: { name } }) => [name, bind(name)]));
  const files = [...bindings.values()].flatMap((binding) =>
    binding === 'fed' ? [] : [binding.file],
  );
  const data = dataFolder(files);

  const written = writeGraph();
  const { writer } = written;
  const names = new Map<Value, string>();
  const stored = new Map<Value, StoredWeight>();
  const nameOf = (value: Value) => {
    const name = names.get(value) ?? (value.op === 'input' ? value.params.name : undefined);
    if (name === undefined)
      throw new Error(`internal: ${value.op} %${value.id} is used before it is made`);
    return name;
  };
  const to: Lowering = {
    writer,
    nameOf,
    dims: runtimeDims(graph, writer, nameOf),
    weight(value) {
      const { name } = value.params;
      const binding = bindings.get(name);
      if (binding === undefined || binding === 'fed') return name;
      checkShape(value, binding);
      const { shape, offset, length } = binding;
      const location = data?.locationOf.get(binding.file) ?? '';
      if (binding.storage === 'f32') {
        return writer.initializer({
          name,
          shape,
          type: 'f32',
          where: { location, offset, length },
        });
      }
      const weight = storedWeight(name, binding, location, writer);
      stored.set(value, weight);
      return weight.whole(); // dropped again where it only takes part in products and gathers
    },
    stored: (value) => stored.get(value) ?? null,
  };
  for (const value of graph.nodes) names.set(value, lowerValue(value, to));

  const fed = graph.weights.filter((value) => bindings.get(value.params.name) === 'fed');
  const feeds: FedValue[] = [...graph.inputs, ...fed];
  return {
    onnx: written.finish(graph.name, feeds.map(inputPort), outputPorts(graph, nameOf)),
    feeds,
    folder: data?.folder ?? null,
  };
}

/** The ONNX name of a graph's output: outputs may be called like inputs, ONNX's names may not. */
export function outputPortName(output: string): string {
  return `out:${output}`;
}

function inputPort(value: FedValue): Port {
  return { name: value.params.name, type: value.dtype, shape: value.shape };
}

function outputPorts(graph: Graph, nameOf: (value: Value) => string) {
  return Object.entries(graph.outputs).map(([output, value]) => ({
    name: outputPortName(output),
    type: value.dtype,
    shape: value.shape,
    from: nameOf(value),
  }));
}

function checkShape(value: ValueOf<'weight'>, { shape }: WeightLocation): void {
  const wanted = value.shape.join();
  if (shape.join() === wanted) return;
  throw new Error(
    `internal: weight ${value.params.name}: expected the shape [${wanted}] of its graph, got the location of a tensor of shape [${shape.join()}]`,
  );
}
