/**
 * @file The same numbers as the reference implementation (PyTorch, transformers, peft): loss, logits,
 * encoder states, gradients, five AdamW steps, the Trainer's trace, greedy generation. Prints the
 * largest relative difference per tensor; runs any folder of the fixtures' layout.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { floats } from '#grad';
import type { TokenExample } from '#models';
import { fixtureFolder, readJson, recordedTensors, relativeDifference } from './fixtures.ts';
import { openBench, type Bench } from './parity-bench.ts';

const TOLERANCE = 1e-4;
const ADAPTERS = ['lora', 'prompt', 'prompt_sub1'] as const;

const folder = fixtureFolder('t5');
const report: string[] = [];

describe.skipIf(folder === null)('T5 against the reference implementation', () => {
  const root = String(folder);
  const batch = () => examplesOf(readJson<RecordedBatch>(root, 'batch.json'));

  afterAll(() => {
    console.log(['relative difference  tensor', ...report].join('\n'));
  });

  it('computes loss, logits, encoder states and all weights’ gradients', async () => {
    await using bench = await openBench(root, { method: 'full' });
    await compare('base', bench, batch(), (name) => `grad.${name}`);
    await compareAnswers('base', bench, batch());
  });

  for (const adapter of ADAPTERS.filter((name) => folder && existsSync(join(folder, name)))) {
    it(`computes the ${adapter} adapter and five AdamW steps`, async () => {
      await using bench = await openBench(root, { method: 'adapter', adapter });
      await compare(`${adapter}_expected`, bench, batch(), (name) => `grad.${savedName(name)}`);
      await compareAnswers(`${adapter}_expected`, bench, batch());

      const expected = readJson<RecordedNumbers>(root, `${adapter}_expected.json`);
      const { lr, weight_decay } = expected.optimizer;
      const optimizer = bench.optimizer(weight_decay);
      const losses = [];
      for (const _ of expected.losses.slice(1)) {
        const { loss, gradients } = await bench.gradients(batch());
        losses.push(loss);
        optimizer.step(gradients, lr);
      }
      losses.push((await bench.gradients(batch())).loss);
      check(`${adapter} losses of 5 AdamW steps`, losses, expected.losses);
      const recorded = recordedTensors(join(root, `${adapter}_expected.safetensors`));
      for (const [name, { data }] of bench.parameters) {
        check(`${adapter} after5.${name}`, data, recorded(`after5.${savedName(name)}`));
      }
    });
  }

  it('computes positions past the last relative bucket', async () => {
    const { batch: long, loss } = readJson<RecordedNumbers & { batch: RecordedBatch }>(
      root,
      'long.json',
    );
    await using bench = await openBench(root, { method: 'full' });
    const recorded = recordedTensors(join(root, 'long.safetensors'));
    const { logits, encoded } = await bench.inference.forward(examplesOf(long));
    check('long logits', floats(logits), recorded('logits'));
    check('long encoder_last_hidden_state', floats(encoded), recorded('encoder_last_hidden_state'));
    check('long loss', [(await bench.gradients(examplesOf(long))).loss], [loss]);
  });

  it("repeats the Trainer's trace", async () => {
    const expected = readJson<RecordedTrace>(root, 'trainer_expected.json');
    await using bench = await openBench(root, { method: 'adapter', adapter: 'lora' });
    const trace = await bench.train(expected.examples.map(exampleOf), expected.order_of_examples);
    const log = expected.log.filter((line) => line.grad_norm !== undefined);
    check(
      'trainer grad_norm',
      trace.map((step) => step.gradNorm),
      log.map((step) => step.grad_norm!),
    );
    check(
      'trainer learning_rate',
      trace.map((step) => step.learningRate),
      log.map((step) => step.learning_rate!),
    );
    check(
      'trainer loss (4 digits recorded)',
      trace.map((step) => step.loss),
      log.map((step) => step.loss!),
    );
    const recorded = recordedTensors(join(root, 'trainer_expected.safetensors'));
    for (const [name, { data }] of bench.parameters) {
      check(`trainer final ${name}`, data, recorded(name));
    }
  });

  async function compare(
    file: string,
    bench: Bench,
    examples: readonly TokenExample[],
    recordedName: (name: string) => string,
  ): Promise<void> {
    const recorded = recordedTensors(join(root, `${file}.safetensors`));
    const { loss, gradients } = await bench.gradients(examples);
    check(`${file} loss`, [loss], [readJson<RecordedNumbers>(root, `${file}.json`).loss]);
    const { logits, encoded } = await bench.inference.forward(examples);
    check(`${file} logits`, floats(logits), recorded('logits'));
    check(
      `${file} encoder_last_hidden_state`,
      floats(encoded),
      recorded('encoder_last_hidden_state'),
    );
    expect(gradients.size).toBeGreaterThan(0);
    for (const [name, gradient] of gradients) {
      check(`${file} grad.${name}`, gradient, recorded(recordedName(name)));
    }
  }

  async function compareAnswers(
    file: string,
    bench: Bench,
    examples: readonly TokenExample[],
  ): Promise<void> {
    const { generate } = readJson<RecordedNumbers>(root, `${file}.json`);
    const answers = await bench.inference.generate(
      examples.map(({ source }) => source),
      { maxTokens: (generate[0]?.length ?? 1) - 1 },
    );
    expect(answers).toEqual(generate.map((ids) => untilEnd(ids.slice(1), bench.model.eosId)));
  }
});

function check(name: string, got: ArrayLike<number>, expected: ArrayLike<number>): void {
  const difference = relativeDifference(got, expected);
  report.push(`${difference.toExponential(1).padEnd(20)} ${name}`);
  expect.soft(difference, name).toBeLessThan(TOLERANCE);
}

interface RecordedBatch {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly labels: number[][];
}

interface RecordedNumbers {
  readonly loss: number;
  readonly generate: number[][];
  readonly losses: number[];
  readonly optimizer: { readonly lr: number; readonly weight_decay: number };
}

interface RecordedTrace {
  readonly examples: { input_ids: number[]; attention_mask: number[]; labels: number[] }[];
  readonly order_of_examples: number[];
  readonly log: { loss?: number; grad_norm?: number; learning_rate?: number }[];
}

/** Rows without their padding: our batches are padded anew. */
function examplesOf(batch: RecordedBatch): TokenExample[] {
  return batch.input_ids.map((input_ids, row) =>
    exampleOf({
      input_ids,
      attention_mask: batch.attention_mask[row] ?? [],
      labels: batch.labels[row] ?? [],
    }),
  );
}

function exampleOf(row: RecordedTrace['examples'][number]): TokenExample {
  return {
    source: row.input_ids.filter((_, i) => row.attention_mask[i] === 1),
    target: row.labels.filter((label) => label >= 0),
  };
}

/** peft's saved name; its gradients go by the name of the module in memory. */
function savedName(name: string): string {
  return name === 'prompt_embeddings' ? 'prompt_encoder.embedding.weight' : name;
}

function untilEnd(ids: number[], eosId: number): number[] {
  const end = ids.indexOf(eosId);
  return end === -1 ? ids : ids.slice(0, end);
}
