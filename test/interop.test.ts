/**
 * @file Adapters cross over: one that Python's peft trained and saved computes the same here, and one
 * that we trained and saved computes the same there. The recorded fixtures hold adapters of another
 * version of peft; these are made while the test runs, in shapes that the fixtures lack.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdapterSpec,
  initAdapter,
  linearModules,
  type Model,
  modelOf,
  resolveTargets,
  writeAdapter,
} from '#models';
import { fixtureFolder, readJson, recordedTensors, relativeDifference } from './fixtures.ts';
import { hasReference, type PythonFacts, runPython } from './interop/python.ts';
import { type Bench, openBench } from './parity-bench.ts';
import { answerOf, examplesOf, type RecordedBatch } from './recorded-batch.ts';

const TOLERANCE = 1e-4;
/** as long as seq2seq.py answers */
const NEW_TOKENS = 8;
const METHODS = ['lora', 'soft-prompt'] as const;
type Method = (typeof METHODS)[number];

const fixtures = fixtureFolder('t5');

describe.skipIf(fixtures === null || !hasReference())('adapters and Python’s peft', () => {
  const recorded = String(fixtures);
  const batch = join(recorded, 'batch.json');
  const examples = () => examplesOf(readJson<RecordedBatch>(recorded, 'batch.json'));
  let root: string;
  let base: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'plimsoll-interop-'));
    base = join(root, 'model');
    cpSync(join(recorded, 'model'), base, { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(METHODS)('a %s that peft trained computes the same here', async (method) => {
    const adapter = `peft-${method}`;
    const output = join(root, `${adapter}.safetensors`);
    const theirs = runPython('make_adapter', {
      method,
      base,
      batch,
      adapter: join(root, adapter),
      output,
    });
    await using bench = await openBench(root, { method: 'adapter', adapter });
    expect(await differenceFrom(theirs, output, bench)).toBeLessThan(TOLERANCE);
  });

  it.each(METHODS)('a %s that we trained computes the same there', async (method) => {
    const start = `start-${method}`;
    const model = modelOf(readJson(base, 'config.json'), join(base, 'config.json'));
    const spec = specOf(method, model);
    const save = (name: string, parameters: Bench['parameters']): string => {
      const folder = join(root, name);
      mkdirSync(folder);
      writeAdapter(folder, model, { spec, parameters, baseModel: base });
      return folder;
    };
    save(start, initAdapter(model, spec, SEED));
    await using bench = await openBench(root, { method: 'adapter', adapter: start });
    const trace = await bench.train(examples(), ORDER);
    expect(trace.at(-1)?.loss).toBeLessThan(Number(trace[0]?.loss));

    const adapter = save(`trained-${method}`, bench.parameters);
    const output = `${adapter}.safetensors`;
    const theirs = runPython('load_adapter', { base, batch, adapter, output });
    expect(await differenceFrom(theirs, output, bench)).toBeLessThan(TOLERANCE);
  });

  /** The largest relative difference of loss and logits. Answers are the same or it throws. */
  async function differenceFrom(theirs: PythonFacts, file: string, bench: Bench): Promise<number> {
    const sources = examples().map(({ source }) => source);
    const answers = await bench.inference.generate(sources, { maxTokens: NEW_TOKENS });
    expect(answers).toEqual(theirs.generate.map((ids) => answerOf(ids, bench.model.eosId)));
    const { loss } = await bench.gradients(examples());
    const { logits } = await bench.inference.forward(examples());
    const difference = Math.max(
      relativeDifference([loss], [theirs.loss]),
      relativeDifference(logits.data, recordedTensors(file)('logits')),
    );
    console.log(`${basename(file)}: largest relative difference ${difference.toExponential(1)}`);
    return difference;
  }
});

const SEED = 5;
/** two examples, four epochs */
const ORDER = [0, 1, 1, 0, 0, 1, 1, 0];

/** As make_adapter.py has them: a rank and targets that the recorded adapters lack. */
function specOf(method: Method, model: Model): AdapterSpec {
  if (method === 'soft-prompt') return { kind: 'soft-prompt', virtualTokens: 7, rows: 14 };
  const targets = ['q', 'k', 'v', 'o', 'wi_0', 'wi_1', 'wo'];
  const modules = resolveTargets(linearModules(model), targets);
  return { kind: 'lora', r: 3, alpha: 12, dropout: 0, modules };
}
