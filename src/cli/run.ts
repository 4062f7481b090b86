/** @file `plimsoll run`: any command under a limit, and why it ended. */
import { type Command, Option } from '@commander-js/extra-typings';
import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { newRunId, throwWriteError, writeFileSafely } from '#base';
import type { Verdict } from '#protocol';
import { makeRecordFolder, OUTPUT_LOG, superviseAttempt, writeRecord } from '#supervise';
import { exitCodeOf } from './exit-codes.ts';
import { within } from './flag-values.ts';
import { paintFor } from './paint.ts';
import { guardOf, onPressureOption, pressureAtOption } from './pressure-options.ts';
import { jsonOption, memoryOption } from './shared-options.ts';
import { verdictLines } from './verdict-lines.ts';

const EXAMPLE = `
Examples:
  $ plimsoll run --memory 512M -- python train.py
  $ plimsoll run --memory 2G --on-pressure SIGUSR1 -- python train.py
  $ plimsoll run --memory 2G --timeout 3600 --verdict verdict.json -- ./train.sh --epochs 3`;

export function define(command: Command): void {
  command
    .description(
      'Run any command under a limit of memory, and say why it ended, on what evidence. Input, output and signals are passed through, and so is its exit code: its own, or 128 and the number of the signal that ended it.',
    )
    .usage('[options] -- <command> [arguments...]')
    .argument('<command...>', 'after --, the command and its arguments as they are')
    .addOption(memoryOption())
    .addOption(timeoutOption())
    .addOption(onPressureOption())
    .addOption(pressureAtOption())
    .option('--verdict <file>', 'write the verdict into a file, as JSON')
    .addOption(jsonOption('the verdict as one line on standard error, whatever the end'))
    .addHelpText('after', EXAMPLE)
    .action(async ([program = '', ...args], options) => {
      if (options.verdict !== undefined) refuseUnwritable(options.verdict);
      const runId = newRunId();
      const folder = makeRecordFolder(runId);
      const began = new Date();
      const words = [program, ...args] as const;
      const { verdict } = await superviseAttempt({
        command: words,
        id: runId,
        memory: options.memory ?? null,
        timeoutSeconds: options.timeout ?? null,
        guard: guardOf(options),
        log: folder === null ? null : join(folder, OUTPUT_LOG),
        onNote: (note) => process.stderr.write(`warning: ${note}\n`),
        onEnd: ({ verdict: known, samples, output }) => {
          report(known, options.json === true);
          if (options.verdict !== undefined) writeJson(options.verdict, known);
          if (folder === null) return;
          const started = { run_id: runId, command: [...words], folder: process.cwd() };
          const record = { ...started, started_at: began.toISOString(), verdict: known };
          writeRecord(folder, { ...record, samples: [...samples], output });
        },
      });
      process.exitCode = exitCodeOf(verdict);
    });
}

const timeoutOption = () =>
  new Option(
    '--timeout <seconds>',
    'ask the command to end after so long (SIGTERM), and end it 10 s later (SIGKILL)',
  ).argParser((text) => within(text, '--timeout', 'seconds, above 0', (value) => value > 0));

/** Before anything runs: hours later is too late to learn of a wrong path. */
function refuseUnwritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throwWriteError(file, error);
  }
}

function report(verdict: Verdict, json: boolean): void {
  if (json) process.stderr.write(`${JSON.stringify(verdict)}\n`);
  else if (verdict.cause !== 'completed') {
    const columns = process.stderr.columns || 100;
    const lines = verdictLines(verdict, { paint: paintFor(process.stderr), columns });
    process.stderr.write(`${lines.join('\n')}\n`);
  }
}

function writeJson(file: string, verdict: Verdict): void {
  writeFileSafely(file, `${JSON.stringify(verdict, null, 2)}\n`);
}
