/** @file What a model takes to answer, found out without its weights and without ONNX Runtime. */
import { statSync } from 'node:fs';
import { openBase, readAdapter } from '#models';
import { answeringNeed, readAheadOf } from '#plan';
import type { AnsweringNeed } from '#protocol';
import type { Answering } from './answer-texts.ts';
import { storagesOf } from './weight-binding.ts';

/** @throws PlimsollError as openAnswerer does */
export async function needToAnswer({
  baseModel,
  adapter: folder,
  plan,
}: Answering): Promise<AnsweringNeed> {
  const { model, tensors, tokenizer } = await openBase(baseModel);
  const adapter = folder === undefined ? null : readAdapter(folder, model);
  const parameters = adapter?.parameters ?? new Map<string, { data: Float32Array }>();
  return answeringNeed({
    model,
    adapter: adapter?.spec ?? null,
    storageOf: storagesOf(tensors, adapter?.parameters ?? new Map()),
    weights: tensors,
    parameters: [...parameters.values()].reduce((sum, { data }) => sum + data.length, 0),
    tokenizerBytes: tokenizer.files.reduce((sum, file) => sum + statSync(file).size, 0),
    readAhead: readAheadOf(tensors),
    threads: plan.threads,
  });
}
