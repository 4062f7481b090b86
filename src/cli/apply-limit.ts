/** @file `plimsoll explain --apply`: the higher limit of a verdict, put into the compose file that sets it. */
import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fail, formatBytes } from '#base';
import {
  composeFileIn,
  diffLines,
  limitsMemory,
  overrideOf,
  proposeLimit,
  replaceWithBackup,
} from '#compose';
import type { AttemptRecord, LimitOrigin, Remedy } from '#protocol';
import { composeLabels } from './compose-labels.ts';
import { shellWord } from './format.ts';
import { textOfFile } from './text-of-file.ts';

export interface ApplyOptions {
  readonly file?: string | undefined;
  readonly service?: string | undefined;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
}

/**
 * Shows the difference first; makes the change after a yes at a terminal, or with --yes.
 *
 * @throws PlimsollError NO_LIMIT_TO_RAISE, COMPOSE_*, CHANGE_NOT_CONFIRMED, FILE_*; nothing is changed then
 */
export async function applyLimit(record: AttemptRecord, options: ApplyOptions): Promise<void> {
  const { bytes, reservation_bytes: reservation } = limitToSet(record);
  const labels = composeLabels(record.verdict.limit_origin);
  const file = options.file ?? labels?.file ?? composeFileIn(process.cwd());
  const before = textOfFile(file, 'COMPOSE_UNREADABLE');
  const wish = { service: options.service ?? labels?.service ?? null, bytes, reservation };
  const { service, text } = proposeLimit(file, before, wish);
  refuseOverridden(file, service, formatBytes(bytes));
  const diff = diffLines(relative('', file), before, text);
  if (!options.json) process.stdout.write(`${diff.join('\n')}\n`);
  await confirm(file, options);
  const backup = replaceWithBackup(file, before, text);
  const next = nextStep(file, service);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ file, service, limit_bytes: bytes, diff, backup, next })}\n`
      : `changed ${relative('', file)}; what it was: ${relative('', backup)}\nnext: ${next}\n`,
  );
}

/** @throws PlimsollError NO_LIMIT_TO_RAISE where no compose file can have set what fired */
function limitToSet({ run_id: run, verdict }: AttemptRecord): NonNullable<Remedy['limit']> {
  const { limit_origin: origin, remedies, cause, limit_from: from } = verdict;
  const remedy = remedies.find(({ limit }) => limit !== undefined);
  if (!remedy?.limit) {
    const reason = `it ended otherwise (${cause}), and a higher limit is none of its solutions`;
    fail('NO_LIMIT_TO_RAISE', { run, reason, next: 'plimsoll explain says what is known' });
  }
  if (origin && !BY_COMPOSE.has(origin.kind)) {
    const reason = `its limit of ${formatBytes(verdict.limit_bytes ?? 0)} was set by ${from}`;
    const [how] = remedy.lines;
    fail('NO_LIMIT_TO_RAISE', {
      run,
      reason,
      next: how === undefined ? 'Raise it there' : `Instead: ${how}`,
    });
  }
  return remedy.limit;
}

/** Also a group that nobody is known to have made: that may be a container's, of an engine not known here. */
const BY_COMPOSE: ReadonlySet<LimitOrigin['kind']> = new Set(['container', 'cgroup']);

/** What Docker reads after the file has the last word. */
function refuseOverridden(file: string, service: string, wanted: string): void {
  const override = overrideOf(file);
  if (
    override === null ||
    !limitsMemory(override, textOfFile(override, 'COMPOSE_UNREADABLE'), service)
  )
    return;
  fail('COMPOSE_LIMIT_TWICE', { file, service, places: [file, override], wanted });
}

async function confirm(file: string, { yes, json }: ApplyOptions): Promise<void> {
  if (yes) return;
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) {
    fail('CHANGE_NOT_CONFIRMED', { file, reason: 'there is no terminal at which to ask' });
  }
  const answer = await ask(`Change ${relative('', file)}? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  fail('CHANGE_NOT_CONFIRMED', { file, reason: 'the answer was not yes' });
}

/** The end of input is an empty answer. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(question), ended]);
  terminal.close();
  return answer;
}

/** A limit holds for containers that are made after it. */
function nextStep(file: string, service: string): string {
  return `docker compose -f ${shellWord(relative('', file))} up -d ${shellWord(service)}`;
}
