/** @file A random T5 of a few thousand weights with the bundled tokenizer, and examples to train it on. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initTensor, modelOf, t5ConfigOfSize } from '#models';
import { writeSafetensors } from '#weights';

const TOKENIZER = 'assets/base-model';

export function writeSmallModel(
  folder: string,
  changes: Readonly<Record<string, unknown>> = {},
): string {
  mkdirSync(folder, { recursive: true });
  const config = {
    ...t5ConfigOfSize('plimsoll-mini'),
    d_model: 16,
    d_kv: 4,
    d_ff: 24,
    num_heads: 2,
    num_layers: 2,
    num_decoder_layers: 2,
    dropout_rate: 0.1,
    ...changes,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const model = modelOf(config, 'config.json');
  writeSafetensors(
    join(folder, 'model.safetensors'),
    [...model.tensors.keys()].map((name) => ({
      name,
      dtype: 'F32',
      ...initTensor(model, name, 1),
    })),
    { format: 'pt' },
  );
  for (const file of readdirSync(TOKENIZER).filter((name) => name.includes('token'))) {
    copyFileSync(join(TOKENIZER, file), join(folder, file));
  }
  return folder;
}

/** Sums in words; `count` lines of JSONL. @param times that each is said, for longer ones */
export function writeExamples(file: string, count: number, times = 1): string {
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      prompt: `add ${i % 7} and ${(i * 3) % 5}`.repeat(times),
      completion: `sum ${(i % 7) + ((i * 3) % 5)}`.repeat(times),
    }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
