/** @file From the flags of `plimsoll train` to the run that #train is asked for, and where it lies. */
import { resolve } from 'node:path';
import { fail } from '#base';
import { findRun, folderOfRun } from '#runs';
import type { TrainRequest } from '#train';
import { type ModelOptions, runRequest } from './run-request.ts';
import type { GivenFlags } from './spec-from-flags.ts';

export interface TrainOptions extends ModelOptions {
  readonly memory?: number | undefined;
  readonly shareOf?: number | undefined;
  readonly correction?: number | undefined;
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
  const { memory, shareOf, correction, resumeFrom } = options;
  const found = resumeFrom === undefined ? undefined : findRun(resumeFrom);
  if (found) refuseOtherPlace(found, options);
  return {
    ...(await runRequest(given, options, found?.run)),
    place: placeOf(options),
    ...(memory === undefined ? {} : { memory }),
    ...(shareOf === undefined ? {} : { shareOf }),
    ...(correction === undefined ? {} : { correction }),
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
  };
}

/** A run goes on in its own folder, under its own name. */
function refuseOtherPlace(
  { folder, run }: ReturnType<typeof findRun>,
  { runId, runDirectory }: TrainOptions,
): void {
  const other = { expected: 'without --resume-from', got: `with the run '${run.run_id}'` };
  if (runId !== undefined && runId !== run.run_id)
    fail('FLAG_MISPLACED', { flag: '--run-id', ...other });
  if (runDirectory !== undefined && folderOfRun(runDirectory) !== folder)
    fail('FLAG_MISPLACED', { flag: '--run-directory', ...other });
}

function placeOf({ outputDir, runId, runDirectory }: TrainOptions): TrainRequest['place'] {
  return {
    outputDir: resolve(outputDir),
    ...(runId === undefined ? {} : { runId }),
    ...(runDirectory === undefined ? {} : { runDirectory: resolve(runDirectory) }),
  };
}
