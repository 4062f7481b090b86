/**
 * @file What a run's trainer has told of its steps, a row a step, in order.
 *
 * A resumed trainer tells steps again that came after its checkpoint, and of each the last telling counts. Which those
 * are is read first: so no more than a row is held, however long the run.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { RunEvent } from '#protocol';
import { eventIn } from '../runs/trainer-log.ts';

export interface MetricRow {
  readonly step: number;
  readonly train_loss: number;
  /** of an evaluation after this step; null where there was none */
  readonly valid_loss: number | null;
  readonly learning_rate: number;
  readonly grad_norm: number;
  readonly tokens: number;
  readonly seconds: number;
  /** bytes, as MemorySample has them */
  readonly memory_anon: number;
  readonly memory_file: number;
}

export async function* metricRows(file: string): AsyncGenerator<MetricRow> {
  const lasting = await lastingSteps(file);
  let process = -1;
  let held = null as MetricRow | null;
  for await (const event of eventsIn(file, TOLD)) {
    if (event.type === 'run-started') process++;
    if (event.type === 'evaluation' && held?.step === event.step)
      held = { ...held, valid_loss: event.loss };
    if (event.type !== 'step' || event.step > (lasting[process] ?? 0)) continue;
    if (held) yield held;
    held = rowOf(event);
  }
  if (held) yield held;
}

const TOLD = /"type":"(run-started|step|evaluation)"/;

/** For each process of the run the last step that no later one told again. */
async function lastingSteps(file: string): Promise<number[]> {
  const began: number[] = [];
  for await (const event of eventsIn(file, /"type":"run-started"/))
    if (event.type === 'run-started') began.push(event.resumedFrom?.step ?? 0);
  return began.map((_, i) => Math.min(...began.slice(i + 1), Infinity));
}

async function* eventsIn(file: string, told: RegExp): AsyncGenerator<RunEvent> {
  if (!existsSync(file)) return;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const event = told.test(line) ? eventIn(line) : undefined;
    if (event) yield event;
  }
}

function rowOf(event: Extract<RunEvent, { type: 'step' }>): MetricRow {
  const { step, loss, learningRate, gradNorm, tokens, seconds, memory } = event;
  return {
    step,
    train_loss: loss,
    valid_loss: null,
    learning_rate: learningRate,
    grad_norm: gradNorm,
    tokens,
    seconds,
    memory_anon: memory.anon,
    memory_file: memory.file,
  };
}
