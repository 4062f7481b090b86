/** @file The fields of the form, by the names that orders have for them: what they are called, and where they stand. */

export type Method = 'lora' | 'soft-prompt' | 'full';

export interface Field {
  readonly name: string;
  readonly label: string;
  /** beside it, and read with it */
  readonly help?: string;
  /** number: what is written as one is sent as one; text: always as text */
  readonly type: 'number' | 'text';
  readonly options?: readonly string[];
  /** of one method alone */
  readonly method?: Method;
  /** where an empty one means something else than its default */
  readonly whenEmpty?: string;
}

export const METHODS: readonly { readonly name: Method; readonly label: string }[] = [
  { name: 'lora', label: 'LoRA: small matrices beside the frozen base' },
  { name: 'soft-prompt', label: 'Soft prompt: tokens before each text' },
  { name: 'full', label: 'Full: all weights' },
];

export const MAIN: readonly Field[] = [
  { name: 'epochs', label: 'Epochs', help: 'times that each example is seen', type: 'number' },
  { name: 'batch_size', label: 'Batch size', help: 'examples at once', type: 'number' },
  {
    name: 'max_samples',
    label: 'Samples, at most',
    help: 'records that are read, or all',
    type: 'number',
  },
  { name: 'learning_rate', label: 'Learning rate', type: 'number' },
  {
    name: 'source_max_tokens',
    label: 'Source, tokens',
    help: 'longer ones are cut',
    type: 'number',
  },
  {
    name: 'target_max_tokens',
    label: 'Target, tokens',
    help: 'longer ones are cut',
    type: 'number',
  },
  {
    name: 'memory',
    label: 'Memory limit',
    help: 'such as 512M; empty for what the run needs',
    type: 'text',
    whenEmpty: 'what it needs',
  },
];

export const MORE: readonly Field[] = [
  { name: 'lora_r', label: 'LoRA rank', type: 'number', method: 'lora' },
  { name: 'lora_alpha', label: 'LoRA alpha', type: 'number', method: 'lora' },
  { name: 'lora_dropout', label: 'LoRA dropout', type: 'number', method: 'lora' },
  {
    name: 'lora_targets',
    label: 'LoRA targets',
    help: 'layers, with commas, or all-linear',
    type: 'text',
    method: 'lora',
  },
  {
    name: 'virtual_tokens',
    label: 'Tokens of the prompt',
    type: 'number',
    method: 'soft-prompt',
  },
  {
    name: 'gradient_accumulation_steps',
    label: 'Batches a step',
    help: 'gradient accumulation',
    type: 'number',
  },
  {
    name: 'max_steps',
    label: 'Steps, at most',
    type: 'number',
    whenEmpty: 'as many as the epochs make',
  },
  {
    name: 'schedule',
    label: 'Schedule of the rate',
    type: 'text',
    options: ['linear', 'cosine', 'constant'],
  },
  { name: 'warmup_ratio', label: 'Warm-up', help: 'part of all steps', type: 'number' },
  { name: 'weight_decay', label: 'Weight decay', type: 'number' },
  { name: 'seed', label: 'Seed', type: 'number' },
];

/** Beside the data of an evaluation, in whose place it is. */
export const HELD_OUT: Field = {
  name: 'held_out',
  label: 'Held out',
  help: 'part of the data, such as 0.1: it is evaluated on, and not trained on',
  type: 'number',
};

/** What the queue alone is told. */
export const QUEUE: readonly Field[] = [
  {
    name: 'training_type',
    label: 'Type',
    help: 'a name under which runs are listed',
    type: 'text',
    whenEmpty: 'soft_prompt',
  },
  {
    name: 'priority',
    label: 'Priority',
    help: 'of those that wait the highest begins first',
    type: 'number',
    whenEmpty: '0',
  },
];

export function isOfMethod(field: Field, method: Method): boolean {
  return field.method === undefined || field.method === method;
}
