/** @file Asks `plimsoll data check` whether each line of a file is an example, in a process of its own. */
import { ERRORS, type ErrorCode, fail, PlimsollError } from '#base';
import { type ChildQueue, parsed } from './child-queue.ts';

export interface FileCheck {
  /**
   * @param file its path, in place of which messages have `name`
   * @throws PlimsollError DATA_LINE_MALFORMED, DATA_LINE_TOO_LONG, DATA_NOT_UTF8, DATA_EMPTY, UPLOAD_UNCHECKED
   */
  check(file: string, name: string, signal: AbortSignal): Promise<void>;
}

export function fileCheckOf(children: ChildQueue): FileCheck {
  return {
    check: async (file, name, signal) => {
      const { stdout, refusal } = await children.ask(['data', 'check', '--json', file], signal);
      const kind: unknown = Reflect.get(Object(parsed(stdout)), 'kind');
      if (kind === 'jsonl') return;
      const field = 'file';
      if (kind !== undefined)
        fail('REQUEST_INVALID', { field, problem: `expected JSONL, got ${String(kind)}` });
      const { code, message } = refusal;
      const problem = message.replaceAll(file, name);
      if (!isOfContent(code)) fail('UPLOAD_UNCHECKED', { field, problem });
      throw new PlimsollError(code, problem, { field });
    },
  };
}

/** What a client can correct. */
function isOfContent(code: string): code is ErrorCode {
  return code.startsWith('DATA_') && code in ERRORS && code !== 'DATA_FILE_UNREADABLE';
}
