/** @file Asks `plimsoll data check` whether each line of a file is an example, in a process of its own. */
import { type ErrorCode, fail, PlimsollError } from '#base';
import { type ChildQueue, parsed } from './child-queue.ts';
import { refusedField } from './refused-field.ts';

export interface FileToCheck {
  readonly path: string;
  /** which messages have in place of its path */
  readonly name: string;
  /** null for any */
  readonly kind: 'jsonl' | null;
  /** what to select, of a database; null for the table of the original service */
  readonly query: string | null;
}

export interface FileCheck {
  /** @throws PlimsollError UPLOAD_UNCHECKED, and those of OF_CONTENT */
  check(file: FileToCheck, signal: AbortSignal): Promise<void>;
}

export function fileCheckOf(children: ChildQueue): FileCheck {
  return {
    check: async ({ path, name, kind, query }, signal) => {
      const options = [
        ...(kind === null ? [] : [`--kind=${kind}`]),
        ...(query === null ? [] : [`--query=${query}`]),
      ];
      const words = ['data', 'check', '--json', ...options, path];
      const { stdout, refusal } = await children.ask(words, signal);
      if (parsed(stdout) !== null) return;
      const { code, message } = refusal;
      const field = refusedField(refusal, words) === 'query' ? 'query' : 'file';
      const problem = message.replaceAll(path, name);
      if (!isOfContent(code)) fail('UPLOAD_UNCHECKED', { field, problem });
      throw new PlimsollError(code, problem, { field });
    },
  };
}

/** What a client can correct. */
export const OF_CONTENT = [
  'DATA_KIND_WRONG',
  'DATA_EMPTY',
  'DATA_LINE_MALFORMED',
  'DATA_LINE_TOO_LONG',
  'DATA_NOT_UTF8',
  'DATA_HEADER_UNKNOWN',
  'DATA_FILE_UNREADABLE',
  'DATA_QUERY_FAILED',
  'DATA_QUERY_MISPLACED',
  'DATA_COLUMNS_UNKNOWN',
] as const satisfies readonly ErrorCode[];

function isOfContent(code: string): code is (typeof OF_CONTENT)[number] {
  const codes: readonly string[] = OF_CONTENT;
  return codes.includes(code);
}
