/** @file What a run trains: the adapter or the whole model, its initial values, and how it is saved. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileSafely } from '#base';
import {
  type AdapterSpec,
  initAdapter,
  type Model,
  type OpenedBase,
  type Parameters,
  PROMPT_TENSOR,
  writeAdapter,
} from '#models';
import { adapterOf } from '#plan';
import type { RunSpec } from '#protocol';
import { readTensor, writeSafetensors } from '#weights';

export interface TrainedPart {
  readonly adapter: AdapterSpec | null;
  readonly parameters: Parameters;
}

/** The trainable tensors with their initial values, which depend on spec and base alone. */
export function initialPart(spec: RunSpec, base: OpenedBase): TrainedPart {
  const { method } = spec;
  const { model } = base;
  const adapter = adapterOf(method, model);
  if (adapter === null) return { adapter, parameters: allWeights(base) };
  const parameters = initAdapter(model, adapter, spec.hyperparameters.seed);
  if (method.kind === 'soft-prompt' && method.init !== 'random') {
    promptFromText(parameters, base, method.init.text);
  }
  return { adapter, parameters };
}

/** Writes what was trained, and beside it what it takes to use it. Returns the folder's name. */
export function savePart(
  runFolder: string,
  part: TrainedPart,
  base: OpenedBase,
  spec: RunSpec,
  card: string,
): string {
  const name = part.adapter === null ? 'model' : 'adapter';
  const folder = join(runFolder, name);
  mkdirSync(folder, { recursive: true });
  if (part.adapter === null) {
    const tensors = [...part.parameters].map(([tensor, { shape, data }]) => ({
      name: tensor,
      dtype: 'F32' as const,
      shape,
      data,
    }));
    writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
    const config = { ...base.files.config, torch_dtype: 'float32' };
    writeFileSafely(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  } else {
    const targets = spec.method.kind === 'lora' ? spec.method.targetModules : undefined;
    writeAdapter(folder, base.model, {
      spec: part.adapter,
      parameters: part.parameters,
      baseModel: spec.baseModel.ref,
      ...(Array.isArray(targets) ? { targets } : {}),
    });
  }
  for (const file of base.tokenizer.files) copyFileSync(file, join(folder, basename(file)));
  writeFileSafely(join(folder, 'README.md'), card);
  return name;
}

function allWeights(base: OpenedBase): Parameters {
  return new Map(
    [...base.tensors].map(([name, location]) => [
      name,
      { shape: location.shape, data: readTensor(location) },
    ]),
  );
}

/** As peft's TEXT initialisation: the text's tokens, over and over, give the rows' embeddings. */
function promptFromText(parameters: Parameters, base: OpenedBase, text: string): void {
  const prompt = parameters.get(PROMPT_TENSOR);
  const table = base.tensors.get(base.model.embedding);
  const ids = base.tokenizer.encode(text).filter((id) => id !== base.tokenizer.eosId);
  if (!prompt || !table || ids.length === 0) return;
  const [rows = 0, width = 0] = prompt.shape;
  const rowBytes = table.length / (table.shape[0] ?? 1);
  for (let r = 0; r < rows; r++) {
    const id = ids[r % ids.length]!;
    const offset = table.offset + id * rowBytes;
    prompt.data.set(
      readTensor({ ...table, offset, length: rowBytes, shape: [1, width] }),
      r * width,
    );
  }
}

/** The model card of an adapter or a tuned model, in the hub's form. */
export function modelCard(
  spec: RunSpec,
  facts: {
    readonly examples: number;
    readonly before: { readonly loss: number; readonly exactMatch: number | null } | null;
    readonly after: { readonly loss: number; readonly exactMatch: number | null } | null;
    readonly finalLoss: number | null;
  },
  model: Model,
): string {
  const { hyperparameters: h, method } = spec;
  const measured =
    facts.before && facts.after
      ? [
          '',
          '| held-out | loss per token | exact match |',
          '| --- | --- | --- |',
          `| base | ${facts.before.loss.toFixed(4)} | ${percent(facts.before.exactMatch)} |`,
          `| tuned | ${facts.after.loss.toFixed(4)} | ${percent(facts.after.exactMatch)} |`,
        ]
      : [];
  return [
    '---',
    `base_model: ${spec.baseModel.ref}`,
    method.kind === 'full' ? 'library_name: transformers' : 'library_name: peft',
    '---',
    '',
    `# ${method.kind === 'full' ? 'Tuned model' : 'Adapter'} for ${spec.baseModel.ref}`,
    '',
    'Made by Plimsoll. What it was trained on and for decides what it is good for: fill this in.',
    '',
    '| | |',
    '| --- | --- |',
    row('architecture', model.family),
    row('method', method.kind),
    ...(method.kind === 'lora'
      ? [row('r, alpha, dropout', `${method.r}, ${method.alpha}, ${method.dropout}`)]
      : []),
    row('examples', facts.examples),
    row('epochs', h.epochs),
    row('examples a step', h.batchSize * h.gradientAccumulationSteps),
    row('learning rate', `${h.learningRate}, ${h.schedule}`),
    row('seed', h.seed),
    row('final training loss', facts.finalLoss?.toFixed(4) ?? '-'),
    ...measured,
    '',
  ].join('\n');
}

function percent(part: number | null): string {
  return part === null ? '-' : `${(part * 100).toFixed(1)}%`;
}

function row(name: string, value: string | number): string {
  return `| ${name} | ${value} |`;
}
