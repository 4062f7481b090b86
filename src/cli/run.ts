/** @file `plimsoll run`: any command under a limit, why it ended, and what is tried after that. */
import { type Command, Option } from '@commander-js/extra-typings';
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { newRunId, throwWriteError, writeFileSafely } from '#base';
import type { RunVerdict } from '#protocol';
import {
  type EndedAttempt,
  makeRecordFolder,
  summaryOf,
  superviseRun,
  exitCodeOf,
  verdictLines,
} from '#supervise';
import { nextLine, waitLine } from './attempt-lines.ts';
import { inPackage } from './bundled.ts';
import { giveBackCertificates } from './extra-certificates.ts';
import { within } from './flag-values.ts';
import { paintFor } from './paint.ts';
import { guardOf, onPressureOption, pressureAtOption } from './pressure-options.ts';
import {
  attemptsOption,
  backoffOption,
  ladderOption,
  memoryRangeOption,
  memoryRetriesOption,
  policyOption,
  retriesOption,
  unestablishedOption,
} from './recovery-options.ts';
import { runInScope } from './run-in-scope.ts';
import { runSettings } from './run-settings.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll run --memory 512M -- python train.py
  $ plimsoll run --memory 2G --on-pressure SIGUSR1 -- python train.py
  $ plimsoll run --memory 2G --timeout 3600 --verdict verdict.json -- ./train.sh --epochs 3
  $ plimsoll run --memory 512M..2G --ladder batch-size=8,4,2,1 -- python train.py --batch-size {batch-size}
  $ plimsoll run --memory 512M -- plimsoll train --data home.jsonl
  $ plimsoll run --policy plimsoll.yaml`;

export function define(command: Command): void {
  command
    .description(
      'Run any command under a limit of memory, and say why it ended, on what evidence. Input, output and signals are passed through, and so is its exit code: its own, or 128 and the number of the signal that ended it. Where it ends for want of memory, a ladder or a range of limits makes it begin again, and plimsoll train go on, with less.',
    )
    .usage('[options] -- <command> [arguments...]')
    .argument('[command...]', 'after --, the command and its arguments as they are')
    .addOption(memoryRangeOption())
    .addOption(timeoutOption())
    .addOption(onPressureOption())
    .addOption(pressureAtOption())
    .option('--verdict <file>', 'write the verdict into a file, as JSON')
    .addOption(jsonOption('the verdict as one line on standard error, whatever the end'))
    .optionsGroup('Further attempts:')
    .addOption(ladderOption())
    .addOption(attemptsOption())
    .addOption(memoryRetriesOption())
    .addOption(retriesOption())
    .addOption(backoffOption())
    .addOption(unestablishedOption())
    .addOption(policyOption())
    .addHelpText('after', EXAMPLE)
    .action(async (words, options) => {
      giveBackCertificates();
      const { verdict: file, json = false } = options;
      const settings =
        (await runSettings(words, options)) ?? command.error("missing required argument 'command'");
      if (file !== undefined) refuseUnwritable(file);
      const runId = newRunId();
      const inScope = await runInScope(runId);
      if (inScope !== null) {
        process.exitCode = inScope;
        return;
      }
      await superviseRun({
        ...settings,
        runId,
        timeoutSeconds: options.timeout ?? null,
        guard: guardOf(options),
        records: makeRecordFolder(runId),
        plimsoll: inPackage('bin/plimsoll'),
        onNote: (note) => say(`warning: ${note}`),
        onHistory: (line) => say(`plimsoll: ${line}`),
        onWait: (seconds, ended) => say(`plimsoll: ${waitLine(seconds, ended)}`),
        onNext: (next, ended) => say(`plimsoll: ${nextLine(next, ended)}`),
        onLast: (ended, reason) => {
          const verdict = verdictOn(ended);
          report(verdict, json);
          if (reason !== null) say(`plimsoll: no further attempt: ${reason}`);
          if (file !== undefined) writeFileSafely(file, `${JSON.stringify(verdict, null, 2)}\n`);
          process.exitCode = exitCodeOf(verdict);
        },
      });
    });
}

const timeoutOption = () =>
  new Option(
    '--timeout <seconds>',
    'ask an attempt to end after so long (SIGTERM), and end it 10 s later (SIGKILL)',
  ).argParser((text) => within(text, '--timeout', 'seconds, above 0', (value) => value > 0));

/** Before anything runs: hours later is too late to learn of a wrong path. */
function refuseUnwritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throwWriteError(file, error);
  }
}

/** That on the last attempt, and what the others came to. */
function verdictOn(ended: readonly EndedAttempt[]): RunVerdict {
  const last = ended.at(-1);
  if (!last) throw new Error('internal: nothing ended');
  return { ...last.record.verdict, attempts: ended.map(({ record }) => summaryOf(record)) };
}

function report(verdict: RunVerdict, json: boolean): void {
  if (json) say(JSON.stringify(verdict));
  else if (verdict.cause !== 'completed') {
    const columns = process.stderr.columns || 100;
    say(verdictLines(verdict, { paint: paintFor(process.stderr), columns }).join('\n'));
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
