/**
 * @file What a micro-batch does, action by action, and when each value is used for the last time: all
 * of it known before it begins. The trainer carries it out; the predictor adds up what it takes.
 *
 * Groups of segments either keep what their backward graphs need, or run forward once more right
 * before (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"); the values between
 * groups are kept, in memory or in a file.
 */
import type { Graph } from '#grad';
import type { Plan } from '#protocol';
import {
  gradientOf,
  inputName,
  residualOf,
  type TrainingGraphs,
  type TrainingSegment,
} from './derive-segments.ts';

export type Action =
  | (SegmentRun & {
      /** which of the graph's outputs somebody reads; the others are not asked for */
      readonly outputs: readonly string[];
      readonly frees: readonly string[];
    })
  | (Other & {
      /** values that nobody reads after it */
      readonly frees: readonly string[];
    });

interface SegmentRun {
  readonly kind: 'forward' | 'backward';
  readonly segment: TrainingSegment;
}

/** The loss and its gradient; a value to a file, and back from it. */
type Other =
  | { readonly kind: 'head' }
  | { readonly kind: 'spill'; readonly value: string }
  | { readonly kind: 'load'; readonly value: string };

export type ScheduleOptions = Pick<Plan, 'recompute' | 'spill'>;

/** Whether the segments of a group run forward again instead of keeping what they made. */
export function isRecomputed(recompute: Plan['recompute'], group: string): boolean {
  return recompute === 'all' || (recompute !== 'none' && recompute.includes(group));
}

/** How many elements of its axis a segment takes at a time under the plan; null: it runs whole. */
export function sliceLength(
  { sliceable }: TrainingSegment,
  { headsAtOnce, rowsAtOnce }: Pick<Plan, 'headsAtOnce' | 'rowsAtOnce'>,
): number | null {
  if (sliceable === null) return null;
  return sliceable === 'H' ? headsAtOnce : rowsAtOnce;
}

/** A value's name among all values of a step. */
export function valueName({ name, residuals }: TrainingSegment, port: string): string {
  return residuals.includes(port) ? residualOf(name, port) : port;
}

export function schedule(
  { segments, head }: TrainingGraphs,
  headInput: string,
  options: ScheduleOptions,
): readonly Action[] {
  const boundaries = new Set(segments.flatMap(({ outputs }) => outputs));
  const gradients = new Set([...boundaries].map(gradientOf));
  const run = (kind: 'forward' | 'backward', segment: TrainingSegment): Step => {
    const graph = graphOf(kind, segment);
    const names = (ports: readonly string[]) => ports.map((port) => valueName(segment, port));
    const writes = names(Object.keys(graph.outputs));
    return {
      kind,
      segment,
      reads: names(graph.inputs.map(inputName)),
      writes: kind === 'forward' ? writes : writes.filter((name) => gradients.has(name)),
    };
  };
  const again = (group: readonly TrainingSegment[]) =>
    group.some((segment) => isRecomputed(options.recompute, segment.group));
  const forward = segments.map((segment) => run('forward', segment));
  const headStep: Step = {
    kind: 'head',
    reads: [headInput],
    writes: gradientOf('head.hidden') in head.outputs ? [gradientOf(headInput)] : [],
  };
  const backward = groupsOf(segments)
    .toReversed()
    .flatMap((group) => {
      const active = group.filter((segment) => segment.backward !== null);
      return [
        ...(active.length > 0 && again(group) ? group.map((each) => run('forward', each)) : []),
        ...active.toReversed().map((segment) => run('backward', segment)),
      ];
    });
  const steps = [...forward, headStep, ...backward];
  return withFrees(options.spill ? withSpills(steps, boundaries) : steps);
}

/** An action before it is known what it frees. */
type Step = (SegmentRun | Other) & {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
};

function graphOf(
  kind: 'forward' | 'backward',
  { name, forward, backward }: TrainingSegment,
): Graph {
  const graph = kind === 'forward' ? forward : backward;
  if (!graph) throw new Error(`internal: ${name} has no backward graph`);
  return graph;
}

/** Neighbours of one group, together. */
function groupsOf(segments: readonly TrainingSegment[]): TrainingSegment[][] {
  const groups: TrainingSegment[][] = [];
  for (const segment of segments) {
    const last = groups.at(-1);
    if (last?.[0]?.group === segment.group) last.push(segment);
    else groups.push([segment]);
  }
  return groups;
}

/** A boundary value that nothing reads for so many actions may wait in a file. */
const LONG_WAIT = 8;

function withSpills(steps: readonly Step[], boundaries: ReadonlySet<string>): Step[] {
  const before = new Map<number, Step[]>();
  const after = new Map<number, Step[]>();
  for (const value of boundaries) {
    const uses = steps.flatMap(({ reads, writes }, at) =>
      reads.includes(value) || writes.includes(value) ? [{ at, reads: reads.includes(value) }] : [],
    );
    uses.forEach(({ at }, i) => {
      const next = uses[i + 1];
      // What is made again in between need not be kept at all.
      if (!next?.reads || next.at - at <= LONG_WAIT) return;
      const spill: Step = { kind: 'spill', value, reads: [value], writes: [] };
      const load: Step = { kind: 'load', value, reads: [], writes: [value] };
      after.set(at, [...(after.get(at) ?? []), spill]);
      before.set(next.at, [...(before.get(next.at) ?? []), load]);
    });
  }
  return steps.flatMap((step, at) => [...(before.get(at) ?? []), step, ...(after.get(at) ?? [])]);
}

/** From the end back: what is live after a step says what it need not make and what it frees. */
function withFrees(steps: readonly Step[]): Action[] {
  const made = new Map<string, Step>();
  for (const step of steps) {
    for (const name of step.writes) if (!made.has(name)) made.set(name, step);
  }
  const live = new Set<string>();
  const actions: Action[] = [];
  for (const step of steps.toReversed()) {
    const unread = new Set(step.writes.filter((name) => !live.has(name)));
    const frees = new Set(step.reads.filter((name) => made.has(name) && !live.has(name)));
    for (const name of step.writes) {
      // A gradient that has other parts is added to them, so it has to be there before.
      const isPart = name.startsWith(gradientOf('')) && made.get(name) !== step;
      if (!isPart) live.delete(name);
    }
    for (const name of step.reads) if (made.has(name)) live.add(name);
    actions.push(toAction(step, unread, [...frees]));
  }
  return actions.toReversed();
}

function toAction(step: Step, unread: ReadonlySet<string>, frees: readonly string[]): Action {
  if (step.kind === 'head') return { kind: step.kind, frees };
  if (!('segment' in step)) return { kind: step.kind, value: step.value, frees };
  const { kind, segment } = step;
  const ports = Object.keys(graphOf(kind, segment).outputs);
  const outputs = ports.filter((port) => !unread.has(valueName(segment, port)));
  return { kind, segment, outputs, frees };
}
