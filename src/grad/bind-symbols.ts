/** @file What the symbols of a graph stand for in one run: read off the shapes that are fed. */
import { dimOf, factorsOf, type Shape, type SymbolBindings, showShape } from './dim.ts';
import type { Graph } from './graph.ts';

interface Fed {
  readonly params: { readonly name: string };
  readonly shape: Shape;
}

type Feeds = Readonly<Record<string, { readonly shape: readonly number[] } | undefined>>;

/**
 * Binds each symbol that is by itself the length of an axis, then checks every length, products too.
 * Throws `internal:` errors for a missing feed (unless `partial`), another rank or another length.
 */
export function bindSymbols(
  inputs: Iterable<Fed>,
  feeds: Feeds,
  { partial = false }: { readonly partial?: boolean } = {},
): SymbolBindings {
  const bindings: Record<string, number> = {};
  const fed: {
    readonly name: string;
    readonly shape: Shape;
    readonly actual: readonly number[];
  }[] = [];
  for (const { params, shape } of inputs) {
    const actual = feeds[params.name]?.shape;
    if (actual === undefined && partial) continue;
    if (actual === undefined)
      throw new Error(`internal: nothing is fed to ${params.name} ${showShape(shape)}`);
    if (actual.length !== shape.length) throw mismatch(params.name, shape, actual, bindings);
    fed.push({ name: params.name, shape, actual });
    for (const [axis, dim] of shape.entries()) {
      if (typeof dim === 'string' && !dim.includes('*')) bindings[dim] ??= actual[axis]!;
    }
  }
  for (const { name, shape, actual } of fed) {
    for (const [axis, dim] of shape.entries()) {
      const known = factorsOf(dim).symbols.every((symbol) => symbol in bindings);
      if (known && dimOf(dim, bindings) !== actual[axis])
        throw mismatch(name, shape, actual, bindings);
    }
  }
  return bindings;
}

/** The bindings of a whole graph: those of its inputs, and the lengths that only a concat makes. */
export function bindGraph(graph: Graph, feeds: Feeds): SymbolBindings {
  const bindings: Record<string, number> = { ...bindSymbols(graph.inputs, feeds) };
  for (const value of graph.nodes) {
    if (value.op !== 'concat') continue;
    const { axis, dim } = value.params;
    const length = value.inputs.reduce(
      (sum, part) => sum + dimOf(part.shape[axis] ?? 1, bindings),
      0,
    );
    if (typeof dim === 'string' && !dim.includes('*')) bindings[dim] ??= length;
    if (dimOf(dim, bindings) !== length) {
      throw new Error(
        `internal: graph ${graph.name}: concat of ${length} elements where its length ${dim} is ${dimOf(dim, bindings)}`,
      );
    }
  }
  return bindings;
}

function mismatch(
  name: string,
  shape: Shape,
  actual: readonly number[],
  bindings: SymbolBindings,
): Error {
  const known = Object.entries(bindings).map(([symbol, length]) => `${symbol} = ${length}`);
  return new Error(
    `internal: ${name} is fed ${showShape(actual)}: expected ${showShape(shape)}${known.length === 0 ? '' : ` where ${known.join(', ')}`}`,
  );
}
