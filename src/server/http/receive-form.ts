/**
 * @file A form with one file, read as it comes (multipart/form-data, RFC 7578): the file goes to the disk, and never
 * whole into memory.
 */
import { Busboy } from '@fastify/busboy';
import { createWriteStream, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorOf, fail, formatBytes, PlimsollError, throwWriteError } from '#base';

export interface Incoming {
  /** null where nothing was sent */
  readonly content: ReadableStream<Uint8Array> | null;
  readonly headers: Headers;
  /** path of the file that is made */
  readonly into: string;
  /** bytes of the file, at most */
  readonly most: number;
}

export interface ReceivedForm {
  /** each once; the file's name is under `file` */
  readonly fields: Readonly<Record<string, string>>;
  /** of the file; null where there was none */
  readonly bytes: number | null;
}

/** A form has two or three short fields beside its file. */
const LIMITS = {
  files: 1,
  fields: 10,
  parts: 12,
  fieldSize: 1024,
  headerPairs: 20,
  headerSize: 4096,
};
/** Of what a form has around its file. */
const AROUND = 2 ** 16;

/**
 * Where it throws, `into` is gone again.
 *
 * @throws PlimsollError UPLOAD_TOO_LARGE, REQUEST_INVALID, DISK_FULL, FILE_NOT_WRITABLE
 */
export async function receiveForm(incoming: Incoming): Promise<ReceivedForm> {
  try {
    return await received(incoming);
  } catch (error) {
    rmSync(incoming.into, { force: true });
    throw error;
  }
}

async function received({ content, headers, into, most }: Incoming): Promise<ReceivedForm> {
  const tooLarge = () => errorOf('UPLOAD_TOO_LARGE', { limit: formatBytes(most) });
  if (Number(headers.get('content-length')) > most + AROUND) throw tooLarge();
  const parser = parserFor(headers.get('content-type') ?? '', most);
  const fields = new Map<string, string>();
  const stop = new AbortController();
  const { signal } = stop;
  const refuse = (field: string, problem: string): void =>
    stop.abort(errorOf('REQUEST_INVALID', { field, problem }));
  const put = (name: string, value: string): void => {
    if (fields.has(name)) refuse(name, 'expected it once, got it twice');
    fields.set(name, value);
  };
  let writing: Promise<void> = Promise.resolve();
  const files: { readonly bytesRead: number }[] = [];
  parser.on('field', (name, value, _, isCut) => {
    if (isCut) refuse(name, `expected at most ${LIMITS.fieldSize} characters, got more`);
    else put(name, value);
  });
  parser.on('file', (field, file, name) => {
    if (field !== 'file') refuse(field, 'expected no file but the field file');
    put(field, name);
    files.push(file);
    file.on('limit', () => stop.abort(tooLarge()));
    writing = pipeline(file, createWriteStream(into, { flags: 'wx', flush: true }), { signal });
    writing.catch((error: unknown) => stop.abort(error));
  });
  parser.on('filesLimit', () => refuse('file', 'expected one file, got several'));
  for (const limit of ['fieldsLimit', 'partsLimit'] as const)
    parser.on(limit, () => refuse('', `expected at most ${LIMITS.fields} fields, got more`));
  try {
    await pipeline(Readable.fromWeb(content ?? new ReadableStream()), parser, { signal });
    await writing;
    return { fields: Object.fromEntries(fields), bytes: files[0]?.bytesRead ?? null };
  } catch (error) {
    stop.abort(error);
    await writing.catch(() => {}); // the same, or that it was stopped
    return throwWriteError(into, formError(signal.reason));
  }
}

function parserFor(type: string, most: number): InstanceType<typeof Busboy> {
  try {
    if (!/^multipart\/form-data\b/i.test(type)) throw new Error(`got '${type.slice(0, 60)}'`);
    const limits = { ...LIMITS, fileSize: most };
    return new Busboy({ headers: { 'content-type': type }, limits });
  } catch (error) {
    const problem = `expected the content type multipart/form-data with a boundary: ${messageOf(error)}`;
    return fail('REQUEST_INVALID', { field: '', problem }, { cause: error });
  }
}

/** What is neither ours nor the disk's is that of the form: it has no end, or its sender has gone. */
function formError(reason: unknown): unknown {
  if (reason instanceof PlimsollError || isOfDisk(reason)) return reason;
  const problem = `expected a whole form: ${messageOf(reason)}`;
  return errorOf('REQUEST_INVALID', { field: '', problem }, { cause: reason });
}

/** Errors of system calls on files say which. */
function isOfDisk(reason: unknown): boolean {
  return reason instanceof Error && 'syscall' in reason && 'errno' in reason;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
