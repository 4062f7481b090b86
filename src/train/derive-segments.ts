/**
 * @file From a model's chain of segments to the graphs that a training step runs: a forward and a
 * backward graph for each, and what has to be kept between the two.
 */
import { type Graph, gradient, type GraphBuilder, partition, type Value } from '#grad';
import type { Segment } from '#models';

export interface TrainingSegment {
  readonly name: string;
  /** outputs: the boundary values and, behind them, the residuals */
  readonly forward: Graph;
  readonly outputs: readonly string[];
  /** values kept from forward to backward; none where the segment recomputes */
  readonly residuals: readonly string[];
  /** null where nothing trainable lies in the segment or before it */
  readonly backward: Graph | null;
}

export interface DeriveOptions {
  readonly trainable: (weight: string) => boolean;
  /** whether the segment computes its inner values again instead of keeping them */
  readonly recompute: (segment: string) => boolean;
}

/** Names of gradients: of a boundary value or of a weight. */
export const gradientOf = (name: string): string => `grad:${name}`;

export interface TrainingGraphs {
  readonly segments: readonly TrainingSegment[];
  /** loss and all its gradients in one graph */
  readonly head: Graph;
}

export function deriveSegments(
  segments: readonly Segment[],
  head: Segment,
  headInput: string,
  options: DeriveOptions,
): TrainingGraphs {
  const active = new Set<string>();
  const derived = segments.map((segment) => deriveSegment(segment, active, options));
  return { segments: derived, head: deriveHead(head, active.has(headInput), options) };
}

/** `active`: the boundary values that depend on something trainable; this segment adds its own. */
function deriveSegment(
  { name, g, inputs, outputs }: Segment,
  active: Set<string>,
  options: DeriveOptions,
): TrainingSegment {
  const forward = g.finish(outputs);
  const activeInputs = Object.keys(inputs).filter((input) => active.has(input));
  const weights = forward.weights.filter((weight) => options.trainable(weightName(weight)));
  const sources = [...activeInputs.map((input) => inputs[input] as Value), ...weights];
  const activeOutputs = Object.entries(outputs).filter(([, value]) => reaches(value, sources));
  for (const [output] of activeOutputs) active.add(output);
  const names = Object.keys(outputs);
  if (activeOutputs.length === 0) {
    return { name, forward, outputs: names, residuals: [], backward: null };
  }
  const cotangents = activeOutputs.map(([output, value]) => ({
    value,
    cotangent: g.input(gradientOf(output), 'f32', value.shape),
  }));
  const gradients = named(g, cotangents, activeInputs, inputs, weights);
  const split = partition(g.finish({ ...outputs, ...gradients }), names, {
    residuals: options.recompute(name) ? 'none' : 'minimum',
  });
  return { name, outputs: names, ...split };
}

function deriveHead({ g, inputs, outputs }: Segment, active: boolean, options: DeriveOptions): Graph {
  const loss = outputs['loss'] as Value;
  const weights = g.finish(outputs).weights.filter((weight) => options.trainable(weightName(weight)));
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
): Record<string, Value> {
  const values = [...activeInputs.map((input) => inputs[input] as Value), ...weights];
  const names = [...activeInputs, ...weights.map(weightName)];
  const gradients = gradient(g, cotangents, values);
  const found: Record<string, Value> = {};
  gradients.forEach((value, i) => {
    if (value) found[gradientOf(names[i] as string)] = value;
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

export function weightName(weight: Value): string {
  return (weight.params as { readonly name: string }).name;
}
