/** @file The planner's answer as people read it. */
import { expect, test } from 'vitest';
import { PLAIN } from './paint.ts';
import { predictionLines, type PredictionOptions } from './prediction-lines.ts';
import { predictionOf } from './prediction.test-support.ts';

const MIB = 2 ** 20;
const subject: PredictionOptions['subject'] = {
  model: 'some/model',
  parameters: 77e6,
  method: { kind: 'lora', r: 16, alpha: 16, dropout: 0, targetModules: ['q', 'v'] },
  longest: { source: 384, target: 64 },
};

/** Without the chart, which has tests of its own. */
function answer(changes: Parameters<typeof predictionOf>[0] = {}): string {
  const lines = predictionLines(predictionOf(changes), { paint: PLAIN, columns: 100, subject });
  return lines.slice(0, lines.findIndex((line) => line.startsWith('memory over')) - 1).join('\n');
}

test('items that make the peak, the limit, what is outside of it, the answer, what else would do', () => {
  expect(answer()).toMatchInlineSnapshot(`
    "some/model, 77 M parameters; LoRA r 16, alpha 16, on q, v; examples of up to 384 and 64 tokens

    runtime            33 MiB  Node and the rest
    tokenizer           7 MiB
    activations kept   20 MiB
    loss chunk         16 MiB  64 positions at once
    predicted peak     76 MiB  between 70 MiB and 90 MiB
    limit             100 MiB  --memory
    base weights      150 MiB  bf16, mapped; pages that the kernel can take back

    fits with this plan; the smallest limit that would do is 64 MiB
    plan  at most 2 examples and 1024 tokens at once, recompute none, loss chunk 192, base in bf16, 2 threads

    instead          peak  smallest limit   time
    recompute all  60 MiB          70 MiB  1.25x"
  `);
});

test('what others use is a part of the peak', () => {
  const said = answer({ baseline_bytes: 12 * MIB, predicted_peak_bytes: 88 * MIB });
  expect(said).toMatch(/in use by others +12 MiB\npredicted peak +88 MiB/);
});

test('the answer: as asked for, or not at all', () => {
  expect(answer({ answer: 'fits' })).toContain(
    'fits as asked for; the smallest limit that would do is 64 MiB',
  );
  const not = answer({ answer: 'cannot-fit', fits: false, alternatives: [] });
  expect(not).toContain('cannot fit; the smallest limit that would do is 64 MiB');
  expect(not).not.toContain('instead');
});

test('no limit but the machine', () => {
  expect(answer({ limit_bytes: null, limit_from: 'the machine' })).toMatch(
    /limit +none +the machine/,
  );
});
