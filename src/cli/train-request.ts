/** @file From the flags of `plimsoll train` to the run that #train is asked for, and where it lies. */
import { resolve } from 'node:path';
import { fail } from '#base';
import type { TrainingRun } from '#protocol';
import type { TrainRequest } from '#train';
import { type ModelOptions, runRequest } from './run-request.ts';
import type { GivenFlags } from './spec-from-flags.ts';

export interface TrainOptions extends ModelOptions {
  readonly memory?: number | undefined;
  readonly outputDir: string;
  readonly runDirectory?: string | undefined;
  readonly runId?: string | undefined;
  readonly resumeFrom?: string | undefined;
}

/** @throws PlimsollError FLAG_INVALID, FLAG_MISPLACED, RUN_NOT_FOUND, RUN_RECORD_DAMAGED */
export async function trainRequest(
  given: GivenFlags,
  options: TrainOptions,
): Promise<TrainRequest> {
  const { memory, resumeFrom } = options;
  const resumed = resumeFrom === undefined ? undefined : await resumedRun(resumeFrom, options);
  return {
    ...(await runRequest(given, options, resumed)),
    place: placeOf(options),
    ...(memory === undefined ? {} : { memory }),
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
  };
}

/** What the run to go on with computes. It goes on in its own folder, under its own name. */
async function resumedRun(path: string, options: TrainOptions): Promise<TrainingRun> {
  const { folderOfRun, readRecord } = await import('#train');
  const folder = folderOfRun(path);
  const run = readRecord(folder);
  if (!run) throw new Error(`internal: no record in ${folder}, where one was found`);
  const { runId, runDirectory } = options;
  const other = { expected: 'without --resume-from', got: `with the run '${run.run_id}'` };
  if (runId !== undefined && runId !== run.run_id)
    return fail('FLAG_MISPLACED', { flag: '--run-id', ...other });
  if (runDirectory !== undefined && folderOfRun(runDirectory) !== folder)
    return fail('FLAG_MISPLACED', { flag: '--run-directory', ...other });
  return run;
}

function placeOf({ outputDir, runId, runDirectory }: TrainOptions): TrainRequest['place'] {
  return {
    outputDir: resolve(outputDir),
    ...(runId === undefined ? {} : { runId }),
    ...(runDirectory === undefined ? {} : { runDirectory: resolve(runDirectory) }),
  };
}
