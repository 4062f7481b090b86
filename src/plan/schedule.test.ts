/** @file Every value of a step is made before it is read, for somebody, and let go of right after its last use. */
import { describe, expect, test } from 'vitest';
import {
  isTrained,
  TINY_METHODS,
  tinyAdapter,
  tinyModel,
  type TinyMethod,
} from '../train/tiny-base.test-support.ts';
import { gradientOf, inputName, trainingGraphs } from './derive-segments.ts';
import { type Action, schedule, type ScheduleOptions, valueName } from './schedule.ts';

const model = tinyModel();

const CASES = TINY_METHODS.flatMap((method) =>
  [false, true].flatMap((parts) =>
    [false, true].flatMap((spill) =>
      (['none', 'all', ['encoder.block.1', 'decoder.embed']] as const).map(
        (recompute) => [method, { parts, spill, recompute: copyOf(recompute) }] as const,
      ),
    ),
  ),
);

describe.each(CASES)('%s, %j', (method, options) => {
  const { boundaries, actions } = scheduleOf(method, options);
  const uses = actions.map((action) => usesOf(action, boundaries));

  test('nothing is read before it is made or after it was let go of, and nothing stays', () => {
    const alive = new Set<string>();
    uses.forEach(({ reads, makes }, at) => {
      expect(
        reads.filter((value) => !alive.has(value)),
        nameOf(actions[at]!),
      ).toEqual([]);
      for (const value of makes) alive.add(value);
      for (const value of actions[at]!.frees) {
        expect(alive.delete(value), `${value} after ${nameOf(actions[at]!)}`).toBe(true);
      }
    });
    expect([...alive]).toEqual([]);
  });

  test('what is made is read, and let go of by the action that reads it last', () => {
    uses.forEach(({ makes }, from) => {
      for (const value of makes) {
        const rest = uses.slice(from + 1);
        // Values are made anew; gradients are added to.
        const again = value.startsWith('grad:')
          ? -1
          : rest.findIndex((use) => use.makes.includes(value));
        const life = again < 0 ? rest : rest.slice(0, again + 1);
        const last = from + 1 + life.findLastIndex((use) => use.reads.includes(value));
        expect(last, `${value} of ${nameOf(actions[from]!)}`).toBeGreaterThan(from);
        expect(actions[last]!.frees, nameOf(actions[last]!)).toContain(value);
      }
    });
  });
});

test('a group that is computed again keeps nothing from the first time but its input', () => {
  const kept = forwardOutputs('none');
  const again = forwardOutputs('all');
  expect(kept['encoder.block.1']!.length).toBeGreaterThan(5);
  expect(again['encoder.block.1']).toEqual(['encoder.hidden.2']);
  expect(forwardOutputs(['encoder.block.1'])['encoder.block.0']).toEqual(kept['encoder.block.0']);
});

test('of the whole step, with the second time forward right before the way back', () => {
  const { actions } = scheduleOf('lora', { recompute: ['decoder.block.1'], spill: true });
  expect(actions.map(nameOf).join('\n')).toMatchInlineSnapshot(`
    "forward encoder.embed
    forward encoder.block.0
    spill encoder.hidden.0
    forward encoder.block.1
    spill encoder.bias
    spill encoder.hidden.1
    forward encoder.norm
    spill encoder.hidden.2
    forward decoder.embed
    forward decoder.block.0
    forward decoder.block.1
    forward decoder.norm
    head
    backward decoder.norm
    forward decoder.block.1
    backward decoder.block.1
    backward decoder.block.0
    load encoder.hidden.2
    backward encoder.norm
    load encoder.bias
    load encoder.hidden.1
    backward encoder.block.1
    load encoder.hidden.0
    backward encoder.block.0"
  `);
});

function forwardOutputs(
  recompute: ScheduleOptions['recompute'],
): Record<string, readonly string[]> {
  const { actions } = scheduleOf('lora', { recompute, spill: false });
  const first = actions.slice(
    0,
    actions.findIndex(({ kind }) => kind === 'head'),
  );
  return Object.fromEntries(
    first.flatMap((action) => ('segment' in action ? [[action.segment.name, action.outputs]] : [])),
  );
}

function scheduleOf(method: TinyMethod, options: ScheduleOptions & { parts?: boolean }) {
  const adapter = tinyAdapter(model, method);
  const graphs = trainingGraphs(model, {
    adapter,
    dropout: 0.1,
    trainable: isTrained(adapter),
    plan: { attention: 'recomputed', headsAtOnce: options.parts ? 1 : null, rowsAtOnce: null },
  });
  const boundaries = new Set(graphs.segments.flatMap(({ outputs }) => outputs));
  return { boundaries, actions: schedule(graphs, model.headInput, options) };
}

/** Of the values that cross from action to action: batch inputs, masks and parameters are no part of them. */
function usesOf(action: Action, boundaries: ReadonlySet<string>) {
  if (action.kind === 'head') {
    return { reads: [model.headInput], makes: [gradientOf(model.headInput)] };
  }
  if (action.kind === 'spill') return { reads: [action.value], makes: [] };
  if (action.kind === 'load') return { reads: [], makes: [action.value] };
  const { kind, segment, outputs } = action;
  const crosses = (name: string) =>
    name.includes('/residual:') || boundaries.has(name.replace('grad:', ''));
  const names = (ports: readonly string[]) =>
    ports.map((port) => valueName(segment, port)).filter(crosses);
  return {
    reads: names((segment[kind]?.inputs ?? []).map(inputName)),
    makes: names(outputs),
  };
}

function nameOf(action: Action): string {
  if (action.kind === 'head') return 'head';
  return 'segment' in action
    ? `${action.kind} ${action.segment.name}`
    : `${action.kind} ${action.value}`;
}

function copyOf(recompute: 'none' | 'all' | readonly string[]): ScheduleOptions['recompute'] {
  return typeof recompute === 'string' ? recompute : [...recompute];
}
