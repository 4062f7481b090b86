/**
 * @file Lengths that are known only when a graph runs, as int64 vectors that the graph itself makes
 * from the shapes of its inputs: Shape of an input that has the symbol as a plain dimension, Mul for
 * products, Concat for whole shapes. Each is written once per graph (see GraphWriter.op).
 */
import { factorsOf, type Dim, type Graph, type Shape, type Value } from '#grad';
import type { GraphWriter } from './onnx-graph.ts';

export interface RuntimeDims {
  /** A length as an int64 vector of one element. */
  dim(dim: Dim): string;
  /** The sum of some lengths as an int64 vector of one element. */
  sum(dims: readonly Dim[]): string;
  /** A shape as an int64 vector. */
  shape(shape: Shape): string;
}

/** `nameOf` gives the ONNX name of a graph input. */
export function runtimeDims(
  graph: Graph,
  writer: GraphWriter,
  nameOf: (input: Value) => string,
): RuntimeDims {
  const sources = sourcesOf(graph);

  function dim(wanted: Dim): string {
    if (typeof wanted === 'number') return writer.ints([wanted]);
    const source = sources.get(wanted);
    if (source === undefined) return multiplied(wanted);
    if ('parts' in source) return sum(source.parts);
    const { input, axis } = source;
    return writer.op('Shape', [nameOf(input)], { start: { int: axis }, end: { int: axis + 1 } });
  }

  function multiplied(wanted: string): string {
    const { coefficient, symbols } = factorsOf(wanted);
    if (symbols.length === 1 && coefficient === 1) {
      throw new Error(
        `internal: graph ${graph.name} needs the length ${wanted} at run time: expected an input or a concat that has ${wanted} as a dimension, got none`,
      );
    }
    const factors = coefficient === 1 ? symbols : [coefficient, ...symbols];
    return factors.map(dim).reduce((left, right) => writer.op('Mul', [left, right]));
  }

  function sum(dims: readonly Dim[]): string {
    if (allNumbers(dims)) return writer.ints([dims.reduce((total, length) => total + length, 0)]);
    return dims
      .filter((length) => length !== 0)
      .map(dim)
      .reduce((left, right) => writer.op('Add', [left, right]));
  }

  function shape(wanted: Shape): string {
    if (allNumbers(wanted)) return writer.ints(wanted);
    return writer.op('Concat', wanted.map(dim), { axis: { int: 0 } });
  }

  return { dim, sum, shape };
}

export function allNumbers(dims: readonly Dim[]): dims is readonly number[] {
  return dims.every((dim) => typeof dim === 'number');
}

type Source = { readonly input: Value; readonly axis: number } | { readonly parts: readonly Dim[] };

/**
 * What each symbolic length can be had from: an input that has it as a dimension, or else the parts
 * of a concat, which alone can make a length that no input has.
 */
function sourcesOf(graph: Graph): Map<string, Source> {
  const sources = new Map<string, Source>();
  const offer = (dim: Dim, source: Source) => {
    if (typeof dim === 'string' && !sources.has(dim)) sources.set(dim, source);
  };
  for (const input of graph.inputs) {
    for (const [axis, dim] of input.shape.entries()) offer(dim, { input, axis });
  }
  for (const value of graph.nodes) {
    if (value.op !== 'concat') continue;
    const { axis, dim } = value.params;
    offer(dim, { parts: value.inputs.map((part) => part.shape[axis] ?? 1) });
  }
  return sources;
}
