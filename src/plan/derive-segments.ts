/**
 * @file From a model's chain of segments to the graphs that a training step runs: a forward and a
 * backward graph for each, and what the backward one needs of the forward one.
 */
import {
  type Graph,
  gradient,
  type GraphBuilder,
  partition,
  print,
  renameGraph,
  type Value,
} from '#grad';
import { type AdapterSpec, DROPOUT_PREFIX, type Model, type Segment } from '#models';
import type { Plan } from '#protocol';

export interface TrainingSegment {
  readonly name: string;
  /** segments of one group keep what their backward graphs need, or make it again, together */
  readonly group: string;
  /** the symbol of the axis along which the segment may be computed in slices; null: it may not */
  readonly sliceable: string | null;
  /** outputs: the boundary values and, behind them, the residuals */
  readonly forward: Graph;
  readonly outputs: readonly string[];
  /** what the backward graph needs of the forward one beside the boundary values */
  readonly residuals: readonly string[];
  /** null where nothing trainable lies in the segment or before it */
  readonly backward: Graph | null;
}

/** The knobs that the graphs themselves depend on; of one plan to another with the same, they are the same. */
export type GraphKnobs = Pick<Plan, 'attention' | 'headsAtOnce' | 'rowsAtOnce'>;

/** Blocks are taken apart where some of their segments are computed in slices. */
const isInParts = ({ headsAtOnce, rowsAtOnce }: GraphKnobs): boolean =>
  headsAtOnce !== null || rowsAtOnce !== null;

/** Equal for plans whose graphs are. */
export const graphsKey = (plan: GraphKnobs): string => `${plan.attention} ${isInParts(plan)}`;

interface DeriveOptions {
  readonly trainable: (weight: string) => boolean;
  readonly plan: GraphKnobs;
}

/** Names of gradients: of a boundary value or of a weight. */
export const gradientOf = (name: string): string => `grad:${name}`;

/** A residual's name is its segment's own; among all values of a step it needs both. */
export const residualOf = (segment: string, residual: string): string => `${segment}/${residual}`;

export interface TrainingGraphs {
  readonly segments: readonly TrainingSegment[];
  /** loss and all its gradients in one graph */
  readonly head: Graph;
}

/** The graphs of a model for a method (what is trainable). */
export function trainingGraphs(
  model: Model,
  options: DeriveOptions & {
    readonly adapter: AdapterSpec | null;
    /** the base model's own */
    readonly dropout: number;
  },
): TrainingGraphs {
  const active = new Set<string>();
  const known: KnownSegments = new Map();
  const segments = model
    .segments({ ...options, parts: isInParts(options.plan) })
    .map((segment) => derivedOnce(segment, active, known, options));
  return { segments, head: deriveHead(model.head(options), active.has(model.headInput), options) };
}

interface KnownSegment {
  readonly block: number;
  readonly derived: TrainingSegment;
  readonly activeOutputs: readonly string[];
}

/** Segments of blocks that were derived already, by what they are but for their block's number. */
type KnownSegments = Map<string, KnownSegment>;

/** Blocks of a stack differ in names alone: one is derived, the others are it under other names. */
function derivedOnce(
  segment: Segment,
  active: Set<string>,
  known: KnownSegments,
  options: DeriveOptions,
): TrainingSegment {
  const block = blockOf(segment.group);
  if (block === null) return deriveSegment(segment, active, options);
  const { stack, number } = block;
  const forward = segment.g.finish(segment.outputs);
  const described = [
    print(forward),
    ...Object.keys(segment.inputs).filter((input) => active.has(input)),
    'trained:',
    ...forward.weights.map(inputName).filter(options.trainable),
  ].join('\n');
  const key = moveBlock(described, stack, -number);
  const like = known.get(key);
  if (!like) {
    const derived = deriveSegment(segment, active, options);
    const activeOutputs = derived.outputs.filter((output) => active.has(output));
    known.set(key, { block: number, derived, activeOutputs });
    return derived;
  }
  const rename = (name: string) => moveBlock(name, stack, number - like.block);
  const { derived, activeOutputs } = like;
  for (const output of activeOutputs) active.add(rename(output));
  return {
    ...derived,
    name: segment.name,
    group: segment.group,
    forward: renameGraph(derived.forward, rename),
    outputs: derived.outputs.map(rename),
    residuals: derived.residuals.map(rename),
    backward: derived.backward && renameGraph(derived.backward, rename),
  };
}

/** `encoder.block.3` -> the stack, and the number. */
function blockOf(group: string): { stack: string; number: number } | null {
  const [, stack, number] = /^(\w+)\.block\.(\d+)$/.exec(group) ?? [];
  return stack && number ? { stack, number: Number(number) } : null;
}

/** Adds to the numbers of a stack's blocks, and of the hidden states between them. */
function moveBlock(text: string, stack: string, by: number): string {
  return text.replaceAll(
    new RegExp(`\\b(${stack}\\.(?:block|hidden)\\.)(\\d+)`, 'g'),
    (_, before: string, number: string) => `${before}${Number(number) + by}`,
  );
}

/** `active`: the boundary values that depend on something trainable; this segment adds its own. */
function deriveSegment(
  { name, group, sliceable, g, inputs, outputs }: Segment,
  active: Set<string>,
  options: DeriveOptions,
): TrainingSegment {
  const forward = g.finish(outputs);
  const activeInputs = Object.keys(inputs).filter((input) => active.has(input));
  const weights = forward.weights.filter((weight) => options.trainable(inputName(weight)));
  const sources = [...activeInputs.map((input) => inputs[input]!), ...weights];
  const activeOutputs = Object.entries(outputs).filter(([, value]) => reaches(value, sources));
  for (const [output] of activeOutputs) active.add(output);
  const common = { name, group, sliceable, outputs: Object.keys(outputs) };
  if (activeOutputs.length === 0) return { ...common, forward, residuals: [], backward: null };
  const cotangents = activeOutputs.map(([output, value]) => ({
    value,
    cotangent: g.input(gradientOf(output), 'f32', value.shape),
  }));
  const { attention } = options.plan;
  const gradients = named(g, cotangents, activeInputs, inputs, weights, attention);
  const joint = g.finish({ ...outputs, ...gradients });
  const inputCost = attention === 'kept' ? costOfMask : () => 0;
  return { ...common, ...partition(joint, common.outputs, { attention, inputCost }) };
}

/** A mask is drawn by one thread, which takes longer than to write and read what it left over. */
function costOfMask(input: string): number {
  return input.startsWith(DROPOUT_PREFIX) ? 1.5 : 0;
}

function deriveHead(
  { g, inputs, outputs }: Segment,
  active: boolean,
  options: DeriveOptions,
): Graph {
  const loss = outputs['loss']!;
  const weights = g
    .finish(outputs)
    .weights.filter((weight) => options.trainable(inputName(weight)));
  const cotangents = [{ value: loss, cotangent: g.fill(1, loss.shape) }];
  return g.finish({
    ...outputs,
    ...named(g, cotangents, active ? ['head.hidden'] : [], inputs, weights),
  });
}

function named(
  g: GraphBuilder,
  cotangents: { value: Value; cotangent: Value }[],
  activeInputs: readonly string[],
  inputs: Readonly<Record<string, Value>>,
  weights: readonly Value[],
  attention?: Plan['attention'],
): Record<string, Value> {
  const values = [...activeInputs.map((input) => inputs[input]!), ...weights];
  const names = [...activeInputs, ...weights.map(inputName)];
  const gradients = gradient(g, cotangents, values, attention && { attention });
  const found: Record<string, Value> = {};
  gradients.forEach((value, i) => {
    if (value) found[gradientOf(names[i]!)] = value;
  });
  return found;
}

function reaches(value: Value, sources: readonly Value[]): boolean {
  const targets = new Set(sources);
  const seen = new Set<Value>();
  const visit = (at: Value): boolean => {
    if (targets.has(at)) return true;
    if (seen.has(at)) return false;
    seen.add(at);
    return at.inputs.some(visit);
  };
  return visit(value);
}

/** The name of a graph's input or weight. */
export function inputName(value: Value): string {
  if (value.op === 'input' || value.op === 'weight') return value.params.name;
  throw new Error(`internal: ${value.op} is neither an input nor a weight`);
}
