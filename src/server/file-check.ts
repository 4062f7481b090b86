/** @file Asks `plimsoll data check` whether each line of a file is an example, in a process of its own. */
import { type ErrorCode, fail, PlimsollError } from '#base';
import { type ChildQueue, parsed } from './child-queue.ts';

export interface FileCheck {
  /**
   * @param file its path, in place of which messages have `name`
   * @throws PlimsollError DATA_KIND_WRONG, DATA_EMPTY, DATA_LINE_MALFORMED, DATA_LINE_TOO_LONG, DATA_NOT_UTF8,
   *   UPLOAD_UNCHECKED
   */
  check(file: string, name: string, signal: AbortSignal): Promise<void>;
}

export function fileCheckOf(children: ChildQueue): FileCheck {
  return {
    check: async (file, name, signal) => {
      const words = ['data', 'check', '--json', '--kind', 'jsonl', file];
      const { stdout, refusal } = await children.ask(words, signal);
      if (parsed(stdout) !== null) return;
      const { code, message } = refusal;
      const [field, problem] = ['file', message.replaceAll(file, name)];
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
] as const satisfies readonly ErrorCode[];

function isOfContent(code: string): code is (typeof OF_CONTENT)[number] {
  const codes: readonly string[] = OF_CONTENT;
  return codes.includes(code);
}
