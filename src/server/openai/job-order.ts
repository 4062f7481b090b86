/** @file From a job of OpenAI's API to an order to train. Pure. */
import {
  check,
  type Hyperparameters,
  type NewJob,
  runSpecSchema,
  type TrainingOrder,
  trainingOrderSchema,
} from '#protocol';

/** Where its files lie. */
export interface JobFiles {
  readonly training: string;
  readonly validation: string | null;
}

/** All examples are trained on; a batch is of one optimizer step. */
export function jobOrder({ model, seed, ...job }: NewJob, files: JobFiles): TrainingOrder {
  const { n_epochs, batch_size, learning_rate_multiplier: multiplier } = hyperparametersOf(job);
  const { value: order } = check(trainingOrderSchema, {
    base_model: model,
    training_type: 'fine_tuning',
    data: files.training,
    max_samples: 'all',
    ...(files.validation !== null && { valid_data: files.validation }),
    ...(n_epochs !== 'auto' && { epochs: n_epochs }),
    ...(batch_size !== 'auto' && { batch_size, gradient_accumulation_steps: 1 }),
    ...(multiplier !== 'auto' && { learning_rate: multiplier * DEFAULTS.learningRate }),
    ...(seed != null && { seed }),
  });
  if (!order) throw new Error('internal: a job makes no order');
  return order;
}

/** As they were asked for, in either place. */
export function hyperparametersOf({
  hyperparameters,
  method,
}: Pick<NewJob, 'hyperparameters' | 'method'>): Hyperparameters {
  return hyperparameters ?? method?.supervised?.hyperparameters ?? ALL_AUTO;
}

const ALL_AUTO: Hyperparameters = {
  n_epochs: 'auto',
  batch_size: 'auto',
  learning_rate_multiplier: 'auto',
};

/** What `plimsoll train` takes where nothing is said. */
export const DEFAULTS = runSpecSchema.shape.hyperparameters.parse(undefined);
