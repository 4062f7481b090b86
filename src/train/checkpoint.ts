/**
 * @file A checkpoint: one safetensors file with everything that a bit-exact continuation needs.
 *
 * Tensors: `param.NAME` for each trained tensor and, in a state to go on from, AdamW's `adam.m.NAME`
 * and `adam.v.NAME`, or what stands for them in 8 bits (checkpoint-moments.ts). Texts in the header:
 * format and version, the spec and the training state as JSON, the spec's fingerprint, and a digest
 * of all of it. Chance and the order of examples come from counters, so the step number stands for
 * both.
 *
 * The file takes the place of the one before it by rename: after a kill or with a full disk there is
 * the old state or the new one. Nothing is copied in memory, neither to save nor to load.
 */
import { closeSync, existsSync, openSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail, fingerprintOf, formatBytes, type MomentStorage, PlimsollError } from '#base';
import { check, problemsText, type RunSpec, runSpecSchema } from '#protocol';
import { readSafetensorsHeader, type TensorLocation, writeSafetensors } from '#weights';
import { digestOf, digestOfFile } from './checkpoint-digest.ts';
import type { CheckpointData } from './checkpoint-moments.ts';
import {
  checkTensors,
  type CheckpointTensors,
  readTensors,
  tensorEntries,
} from './checkpoint-tensors.ts';
import { specDifferences } from './spec-differences.ts';
import { type TrainingState, trainingStateSchema } from './training-state.ts';

const FORMAT = 'plimsoll-checkpoint';
/** Raised when a file of the new kind can no longer be read as one of the old. */
const VERSION = 1;

export interface CheckpointInfo {
  readonly spec: RunSpec;
  readonly state: TrainingState;
}

/**
 * Replaces `file` and returns its size in bytes.
 *
 * @throws PlimsollError CHECKPOINT_DISK_FULL or FILE_NOT_WRITABLE; `file` is then as it was
 */
export function saveCheckpoint(
  file: string,
  { spec, state }: CheckpointInfo,
  tensors: CheckpointTensors,
): number {
  if (tensors.optimizer && tensors.optimizer.steps !== state.step)
    throw new Error(
      `internal: AdamW at step ${tensors.optimizer.steps}, training at ${state.step}`,
    );
  const { value, problems } = check(trainingStateSchema, state);
  if (problems) throw new Error(`internal: training state: ${problemsText(problems)}`);
  const texts = {
    format: FORMAT,
    version: String(VERSION),
    spec: JSON.stringify(spec),
    spec_sha256: fingerprintOf(spec),
    state: JSON.stringify(value),
  };
  const entries = tensorEntries(tensors);
  const data = new Map(entries.map((entry) => [entry.name, entry.data]));
  try {
    writeSafetensors(file, entries, { ...texts, sha256: digestOf(texts, data) });
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code !== 'DISK_FULL') throw error;
    failFull(file, [...data.values()], error);
  }
  return statSync(file).size;
}

/**
 * What a checkpoint says of itself, after its header and its digest were checked.
 *
 * @throws PlimsollError CHECKPOINT_MISSING, CHECKPOINT_DAMAGED, CHECKPOINT_TOO_NEW
 */
export function inspectCheckpoint(file: string): CheckpointInfo {
  return open(file).info;
}

/**
 * Fills the arrays of `tensors` with the state in `file`. If anything is wrong, none is touched.
 *
 * @param spec the run's spec now, which must be what the checkpoint was written for
 * @param onConvert told how the optimizer's state was stored, if it is stored in another way now
 * @throws PlimsollError CHECKPOINT_MISSING, CHECKPOINT_DAMAGED, CHECKPOINT_TOO_NEW,
 *   CHECKPOINT_OTHER_SPEC with the fields that differ, CHECKPOINT_OTHER_MODEL
 */
export function loadCheckpoint(
  file: string,
  spec: RunSpec,
  tensors: CheckpointTensors,
  onConvert?: (from: MomentStorage) => void,
): TrainingState {
  const { info, locations } = open(file);
  const differences = specDifferences(info.spec, spec);
  if (differences.length > 0) fail('CHECKPOINT_OTHER_SPEC', { file, differences });
  checkTensors(file, tensors, locations);
  const converted = withFile(file, (fd) => readTensors(fd, tensors, locations));
  if (converted) onConvert?.(converted);
  if (tensors.optimizer) tensors.optimizer.steps = info.state.step;
  return info.state;
}

function open(file: string): {
  info: CheckpointInfo;
  locations: ReadonlyMap<string, TensorLocation>;
} {
  if (!existsSync(file)) fail('CHECKPOINT_MISSING', { file });
  const { tensors, metadata } = readHeader(file);
  const { sha256, ...texts } = metadata;
  if (texts['format'] !== FORMAT) damaged(file, 'it is a safetensors file of another kind');
  // Before all else that could have changed with the version.
  if (!(Number(texts['version']) <= VERSION))
    fail('CHECKPOINT_TOO_NEW', { file, expected: VERSION, got: texts['version'] ?? 'unknown' });
  const got = withFile(file, (fd) => digestOfFile(fd, texts, tensors));
  if (got !== sha256) damaged(file, `expected content of sha256 ${sha256}, got ${got}`);
  const spec = check(runSpecSchema, parsed(texts['spec']));
  const state = check(trainingStateSchema, parsed(texts['state']));
  const problems = [...(spec.problems ?? []), ...(state.problems ?? [])];
  if (!spec.value || !state.value) return damaged(file, problemsText(problems));
  return { info: { spec: spec.value, state: state.value }, locations: tensors };
}

function readHeader(file: string): ReturnType<typeof readSafetensorsHeader> {
  try {
    return readSafetensorsHeader(file);
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code === 'MODEL_FILE_UNREADABLE') throw error;
    const { expected, got } = error.facts;
    const [wanted, found] = [expected, got].map((fact) =>
      typeof fact === 'string' ? fact : `${JSON.stringify(fact)} bytes`,
    );
    return damaged(file, `expected ${wanted}, got ${found}`, error);
  }
}

function withFile<T>(file: string, use: (fd: number) => T): T {
  const fd = openSync(file, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined; // which no schema accepts
  }
}

function damaged(file: string, reason: string, cause?: Error): never {
  return fail('CHECKPOINT_DAMAGED', { file, reason }, { cause });
}

function failFull(file: string, tensors: readonly CheckpointData[], cause: Error): never {
  const needed = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const stats = statfsSync(dirname(file));
  return fail(
    'CHECKPOINT_DISK_FULL',
    {
      file,
      needed: formatBytes(needed),
      free: formatBytes(stats.bavail * stats.bsize),
      before: existsSync(file),
    },
    { cause },
  );
}
