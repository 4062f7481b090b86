/** @file A file sent to the service, with how much of it is there. fetch does not tell that (XMLHttpRequest does). */
import type { ApiError, DataFile } from '#protocol';
import { Refusal } from './request.ts';

export interface Upload {
  readonly done: Promise<DataFile>;
  cancel(): void;
}

/** Of what its promise is rejected with where it was cancelled. */
export const CANCELLED = 'AbortError';

/** @param query what to select, of a database; empty for the preset @param onPart of 1, as it is sent */
export function sendFile(file: File, query: string, onPart: (part: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<DataFile>((resolve, reject) => {
    request.upload.addEventListener('progress', ({ loaded, total }) => onPart(loaded / total));
    request.addEventListener('abort', () => reject(new DOMException('cancelled', CANCELLED)));
    request.addEventListener('error', () => reject(new Refusal(0, NO_ANSWER)));
    request.addEventListener('load', () => {
      const answer = parsed(request.responseText);
      if (request.status === 200 && isFile(answer)) resolve(answer);
      else reject(new Refusal(request.status, errorIn(answer) ?? unknown(request.status)));
    });
  });
  const form = new FormData();
  if (query !== '') form.set('query', query);
  form.set('file', file);
  request.open('POST', '/api/v1/data');
  request.send(form);
  return { done, cancel: () => request.abort() };
}

const NO_ANSWER = {
  code: 'UNREACHABLE',
  message: 'The connection broke while the file was sent',
  next: 'Look whether the service runs, and send the file again',
  field: null,
};

function unknown(status: number): ApiError['error'] {
  return { ...NO_ANSWER, code: 'UNKNOWN', message: `The answer to the file was ${status}` };
}

function isFile(answer: unknown): answer is DataFile {
  return typeof Reflect.get(Object(answer), 'path') === 'string';
}

function errorIn(answer: unknown): ApiError['error'] | null {
  const error: unknown = Reflect.get(Object(answer), 'error');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the service makes it from this type
  return typeof Object(error).message === 'string' ? (error as ApiError['error']) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy's page
  }
}
