/** @file Which modules `target_modules` names: peft's rule. */
import { expect, test } from 'vitest';
import { linearModules } from './adapter-files.ts';
import { resolveTargets } from './adapter-spec.ts';
import { tinyModel } from './tiny-t5.test-support.ts';

const MODULES = [
  'encoder.block.0.layer.0.SelfAttention.q',
  'encoder.block.0.layer.0.SelfAttention.k',
  'encoder.block.0.layer.1.DenseReluDense.wi_0',
  'decoder.block.0.layer.1.EncDecAttention.q',
  'lm_head',
];

test.each<[string, readonly string[] | 'all-linear', readonly number[]]>([
  ['the last part of a name', ['q'], [0, 3]],
  [
    'several, whatever their order: the modules stay in the order of the model',
    ['k', 'q'],
    [0, 1, 3],
  ],
  ['the last parts of a name', ['SelfAttention.q'], [0]],
  ['a whole name', ['decoder.block.0.layer.1.EncDecAttention.q'], [3]],
  ['a module that two names fit, once', ['q', 'SelfAttention.q'], [0, 3]],
  ['the head by its own name', ['lm_head'], [4]],
  ['all-linear: every one but the head', 'all-linear', [0, 1, 2, 3]],
])('%s', (_, targets, expected) => {
  expect(resolveTargets(MODULES, targets)).toEqual(expected.map((i) => MODULES[i]));
});

test.each(['wi_', 'i_0', 'Attention.q', 'encoder', 'all-linear'])(
  "'%s' is part of names, or no name at all: refused with the names that there are",
  (target) => {
    expect(() => resolveTargets(MODULES, ['q', target])).toThrow(
      expect.objectContaining({
        code: 'ADAPTER_TARGET_UNKNOWN',
        facts: { target, known: ['q', 'k', 'wi_0', 'lm_head'] },
      }),
    );
  },
);

test('the linear modules of a T5: attention, feed-forward, and the head where it has its own', () => {
  const gated = ['q', 'k', 'v', 'o', 'wi_0', 'wi_1', 'wo'];
  expect(parts({ tie_word_embeddings: true })).toEqual(gated);
  expect(parts({ tie_word_embeddings: false })).toEqual([...gated, 'lm_head']);
  expect(parts({ feed_forward_proj: 'relu' })).toEqual(['q', 'k', 'v', 'o', 'wi', 'wo']);
  expect(linearModules(tinyModel())).toHaveLength(2 * (4 + 3) + 3 * (8 + 3));
});

/** What the linear modules are called, without their places. */
function parts(changes: Readonly<Record<string, unknown>>): string[] {
  const modules = linearModules(tinyModel(changes));
  return [...new Set(modules.map((name) => name.replace(/^.*\./, '')))];
}
