/**
 * @file Which values of the forward part are kept for the backward part.
 *
 * Keeping fewer values and making the others again when the gradient needs them is checkpointing (Chen
 * et al. 2016, "Training Deep Nets with Sublinear Memory Cost"). Here only what is cheap is made
 * again, and which values to keep for that follows from a minimum cut, an idea of PyTorch's
 * AOTAutograd: of all sets of values from which the backward part can be had without redoing anything
 * costly, a cut between the costly values and those that the gradient reads is the smallest.
 *
 * Known weak points: sizes are compared for one guess at the symbols' lengths; and the cost of redoing
 * a long chain of cheap operations counts for nothing.
 */
import { dimOf, product, type SymbolBindings, symbolsOf } from './dim.ts';
import type { Attention } from './gradient.ts';
import { ancestorsOf, type Value } from './graph.ts';
import { minimumCut } from './min-cut.ts';
import type { OpName } from './ops.ts';
import type { PartitionOptions } from './partition.ts';

/** Whether an operation may be done again in the backward part instead of keeping its result. */
const REDO: { readonly [Op in OpName]: 'yes' | 'no' | 'if along the last axis' | 'if short' } = {
  input: 'no',
  weight: 'no',
  fill: 'yes',
  add: 'yes',
  sub: 'yes',
  mul: 'yes',
  div: 'yes',
  neg: 'yes',
  exp: 'yes',
  log: 'yes',
  sqrt: 'yes',
  reciprocal: 'yes',
  tanh: 'yes',
  erf: 'yes',
  sigmoid: 'yes',
  relu: 'yes',
  greaterZero: 'yes',
  gelu: 'yes',
  cast: 'yes',
  reduceSum: 'if along the last axis',
  reduceMean: 'if along the last axis',
  softmax: 'yes',
  rmsNorm: 'yes',
  logSumExp: 'no',
  matmul: 'if short',
  reshape: 'yes',
  transpose: 'yes',
  broadcastTo: 'yes',
  concat: 'yes',
  slice: 'yes',
  pad: 'yes',
  gather: 'no',
  scatterAddRows: 'no',
  gatherLast: 'no',
  scatterAddLast: 'no',
};

type ResidualOptions = Omit<PartitionOptions, 'residuals'>;

/**
 * The values to keep, in the order of the graph. `read` are the forward values that the backward part
 * reads. Inputs and weights are at hand anyway and never among the values kept.
 */
export function chooseResiduals(
  read: readonly Value[],
  { attention = 'recomputed', inputCost = () => 0, sizes = {} }: ResidualOptions,
): Value[] {
  const values = ancestorsOf(read).filter(({ op }) => op !== 'fill');
  const vertexOf = new Map(values.map((value, vertex) => [value, vertex]));
  const vertices = (wanted: readonly Value[]) =>
    wanted.flatMap((value) => vertexOf.get(value) ?? []);
  const cut = minimumCut({
    costs: values.map((value) => costOf(value, inputCost) * wordsOf(value, sizes)),
    edges: values.flatMap((value, to) =>
      vertices(value.inputs).map((from): [number, number] => [from, to]),
    ),
    sources: vertices(values.filter((value) => !mayRedo(value, attention))),
    sinks: vertices(read),
  });
  return cut.map((vertex) => values[vertex]!).filter((value) => !isSource(value));
}

/**
 * A product of two values, neither a weight, whose sums are no longer than this may be done again. So the
 * scores and weights of attention, which grow with the square of the length, are made from queries and keys
 * (sums of a head's width), which are kept anyway: at 384 tokens of flan-t5-small 170 MiB less.
 */
const SHORT_SUM = 128;

function mayRedo(value: Value, attention: Attention): boolean {
  if (value.op === 'matmul') {
    if (attention === 'kept') return false;
    const summed = value.inputs[0]?.shape.at(value.params.transA ? -2 : -1);
    const isShort = typeof summed === 'number' && summed <= SHORT_SUM;
    return isShort && value.inputs.every(({ op }) => op !== 'weight');
  }
  if (value.op !== 'reduceSum' && value.op !== 'reduceMean') return REDO[value.op] === 'yes';
  const last = value.shape.length - 1;
  return value.params.axes.every((axis) => axis === last);
}

/** For each of its elements: of a weight nothing, since it is in its file anyway. */
function costOf(value: Value, inputCost: (name: string) => number): number {
  if (value.op === 'input') return inputCost(value.params.name);
  return value.op === 'weight' ? 0 : 1;
}

function isSource({ op }: Value): boolean {
  return op === 'input' || op === 'weight';
}

const DEFAULT_LENGTH = 64;
const DEFAULT_LENGTHS: SymbolBindings = { B: 1 };

/** The size in words of 4 bytes; a bool is a byte. */
function wordsOf({ dtype, shape }: Value, sizes: SymbolBindings): number {
  const lengths: Record<string, number> = {};
  for (const symbol of symbolsOf(shape)) {
    lengths[symbol] = sizes[symbol] ?? DEFAULT_LENGTHS[symbol] ?? DEFAULT_LENGTH;
  }
  return dimOf(product(shape), lengths) / (dtype === 'bool' ? 4 : 1);
}
