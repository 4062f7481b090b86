/** @file Every value that crosses between sessions is let go of right after its last use. */
import { describe, expect, test } from 'vitest';
import type { Graph } from '#grad';
import { gradientOf, inputName, residualOf, trainingGraphs } from './derive-segments.ts';
import { planReleases } from './lifetimes.ts';
import {
  isTrained,
  TINY_METHODS,
  tinyAdapter,
  tinyModel,
  type TinyMethod,
} from './tiny-base.test-support.ts';

/** One session's run: values that it reads, values that it makes or adds to. */
interface Run {
  readonly name: string;
  readonly reads: readonly string[];
  readonly makes: readonly string[];
  /** let go of after it, as planned */
  readonly released: readonly string[];
}

const CASES = TINY_METHODS.flatMap((method) =>
  (['none', 'all', ['encoder.block.1', 'decoder.embed']] as const).map(
    (recompute) => [method, recompute] as const,
  ),
);

describe.each(CASES)('%s, recompute %j', (method, recompute) => {
  const runs = runsOf(method, recompute);

  test('nothing is read before it is made or after it was let go of', () => {
    const alive = new Set<string>();
    for (const { name, reads, makes, released } of runs) {
      expect(
        reads.filter((value) => !alive.has(value)),
        name,
      ).toEqual([]);
      for (const value of makes) alive.add(value);
      for (const value of released) alive.delete(value);
    }
    expect([...alive]).toEqual([]);
  });

  test('and everything right after the run that reads it last, or makes it for nobody', () => {
    const lastUse = new Map<string, string>();
    for (const { name, reads, makes } of runs) {
      for (const value of [...reads, ...makes]) lastUse.set(value, name);
    }
    const release = new Map(
      runs.flatMap(({ name, released }) => released.map((value) => [value, name] as const)),
    );
    for (const value of release.keys()) if (!lastUse.has(value)) release.delete(value);
    expect(Object.fromEntries(release)).toEqual(Object.fromEntries(lastUse));
  });
});

/** A step's runs in their order: forward, head, backward. */
function runsOf(method: TinyMethod, recompute: 'none' | 'all' | readonly string[]): Run[] {
  const model = tinyModel();
  const adapter = tinyAdapter(model, method);
  const graphs = trainingGraphs(model, {
    adapter,
    dropout: 0.1,
    trainable: isTrained(adapter),
    recompute: typeof recompute === 'string' ? recompute : [...recompute],
  });
  const releases = planReleases(graphs, model.headInput);
  const boundaries = new Set(graphs.segments.flatMap(({ outputs }) => outputs));
  const crossing = (graph: Graph, name: string, residuals: readonly string[]): string[] =>
    graph.inputs.map(inputName).flatMap((value) => {
      if (residuals.includes(value)) return residualOf(name, value);
      return boundaries.has(value.replace('grad:', '')) ? value : [];
    });
  const forward = graphs.segments.map(({ name, forward: graph, outputs, residuals }, at): Run => ({
    name: `${name} forward`,
    reads: crossing(graph, name, []),
    makes: [...outputs, ...residuals.map((residual) => residualOf(name, residual))],
    released: releases.afterForward[at] ?? [],
  }));
  const head: Run = {
    name: 'head',
    reads: [model.headInput],
    makes: [gradientOf(model.headInput)],
    released: releases.afterHead,
  };
  const backward = graphs.segments.map(({ name, backward: graph, residuals }, at): Run => ({
    name: `${name} backward`,
    reads: graph ? crossing(graph, name, residuals) : [],
    makes: Object.keys(graph?.outputs ?? {}).filter((output) =>
      boundaries.has(output.replace('grad:', '')),
    ),
    released: releases.afterBackward[at] ?? [],
  }));
  return [...forward, head, ...backward.toReversed()];
}
