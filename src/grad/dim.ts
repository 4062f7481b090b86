/**
 * @file Lengths of axes: numbers, symbols ('B', 'S'), and products of both ('B*S', '8*B').
 *
 * A product has one canonical text (the number first, then the symbols sorted), so two lengths are
 * provably equal exactly when their texts are. There are no sums: an axis made of several others
 * gets a symbol of its own, named where it is made (see `concat`).
 */

export type Dim = number | string;
export type Shape = readonly Dim[];
/** What each symbol stands for in one run. */
export type SymbolBindings = Readonly<Record<string, number>>;

/** A product taken apart: '8*B*S' is { coefficient: 8, symbols: ['B', 'S'] }. */
export interface Factors {
  readonly coefficient: number;
  readonly symbols: readonly string[];
}

const SYMBOL = /^[A-Za-z_]\w*$/;
const NUMBER = /^\d+$/;

export function factorsOf(dim: Dim): Factors {
  if (typeof dim === 'number' && Number.isSafeInteger(dim) && dim >= 0) {
    return { coefficient: dim, symbols: [] };
  }
  const known = FACTORS.get(String(dim));
  if (known) return known;
  const factors = parsedFactors(dim);
  FACTORS.set(String(dim), factors);
  return factors;
}

/** A program has a few dozen lengths and asks for their factors a million times. */
const FACTORS = new Map<string, Factors>();

function parsedFactors(dim: Dim): Factors {
  let coefficient = 1;
  const symbols: string[] = [];
  for (const part of String(dim).split('*')) {
    if (NUMBER.test(part)) coefficient *= Number(part);
    else if (SYMBOL.test(part)) symbols.push(part);
    else
      throw new Error(
        `internal: '${dim}' is not a length: expected an integer >= 0 or a product such as 8*B*S`,
      );
  }
  if (!Number.isSafeInteger(coefficient)) throw new Error(`internal: length '${dim}' is too large`);
  return { coefficient, symbols: symbols.toSorted() };
}

/** The product of some lengths, in canonical form; 1 for none. Also the element count of a shape. */
export function product(dims: readonly Dim[]): Dim {
  if (dims.length === 1 && typeof dims[0] === 'number') return factorsOf(dims[0]).coefficient;
  const { coefficient, symbols } = factorsOf(dims.length === 0 ? 1 : dims.join('*'));
  if (symbols.length === 0 || coefficient === 0) return coefficient;
  return (coefficient === 1 ? symbols : [coefficient, ...symbols]).join('*');
}

export function canonicalShape(shape: Shape): Shape {
  return shape.map((dim) => product([dim]));
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** The symbols of a shape, each once, in the order in which they first appear. */
export function symbolsOf(shape: Shape): string[] {
  return [...new Set(shape.flatMap((dim) => factorsOf(dim).symbols))];
}

/** A length that does not depend on the run. */
export function fixedDim(dim: Dim | undefined): number {
  if (typeof dim === 'number') return dim;
  throw new Error(`internal: expected a fixed length, got '${dim ?? 'no axis'}'`);
}

/** '8*B' under { B: 2 } is 16. Throws when a symbol is unbound. */
export function dimOf(dim: Dim, bindings: SymbolBindings): number {
  if (typeof dim === 'number') return dim;
  const { coefficient, symbols } = factorsOf(dim);
  return symbols.reduce((length, symbol) => {
    const bound = bindings[symbol];
    if (bound === undefined)
      throw new Error(`internal: no value for symbol ${symbol} in length '${dim}'`);
    return length * bound;
  }, coefficient);
}

export function shapeOf(shape: Shape, bindings: SymbolBindings): number[] {
  return shape.map((dim) => dimOf(dim, bindings));
}

/**
 * What numpy's broadcasting makes of two shapes, or null. A length stretches only from a literal 1:
 * a symbol that happens to be 1 in some run does not, so a graph means the same in every run.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - (rank - a.length)] ?? 1;
    const right = b[axis - (rank - b.length)] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    result.push(left === 1 ? right : left);
  }
  return result;
}

export function showShape(shape: Shape): string {
  return `[${shape.join(',')}]`;
}
