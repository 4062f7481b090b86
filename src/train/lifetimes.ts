/**
 * @file When each value that crosses between sessions is used for the last time in a step, known
 * before the step begins.
 */
import type { TrainingGraphs, TrainingSegment } from './derive-segments.ts';
import { gradientOf, inputName, residualOf } from './derive-segments.ts';

/** Values to let go of after each session's run, by the segment's place in the chain. */
export interface Releases {
  readonly afterForward: readonly (readonly string[])[];
  readonly afterHead: readonly string[];
  readonly afterBackward: readonly (readonly string[])[];
}

export function planReleases({ segments }: TrainingGraphs, headInput: string): Releases {
  const afterForward: string[][] = segments.map(() => []);
  const afterBackward: string[][] = segments.map(() => []);
  const afterHead: string[] = [];
  for (const [at, segment] of segments.entries()) {
    for (const value of segment.outputs) {
      // The backward pass runs from the end, so the first segment that reads a value is the last.
      const backward = segments.findIndex((other) => readsBackward(other, value));
      const forward = segments.findLastIndex((other) => reads(other.forward, value));
      if (backward >= 0) afterBackward[backward]?.push(value);
      else if (value === headInput) afterHead.push(value);
      else afterForward[Math.max(forward, at)]?.push(value);
    }
    afterBackward[at]?.push(
      ...segment.residuals.map((residual) => residualOf(segment.name, residual)),
      ...segment.outputs.map(gradientOf),
    );
  }
  return { afterForward, afterHead, afterBackward };
}

function readsBackward(segment: TrainingSegment, value: string): boolean {
  return segment.backward !== null && reads(segment.backward, value);
}

function reads(graph: TrainingSegment['forward'], value: string): boolean {
  return graph.inputs.some((input) => inputName(input) === value);
}
