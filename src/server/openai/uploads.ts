/**
 * @file Files that clients send: received, checked, kept in a folder of the data folder, which is one of the roots.
 *
 * A file is in the store once it is whole, checked and on the disk. What a kill leaves before that, the next start
 * deletes.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fail, makeFolder, syncFolder } from '#base';
import { dataFileFormSchema, openAiFileFormSchema } from '#protocol';
import type { FileRow, Store } from '#store';
import { checked } from '../http/api-errors.ts';
import type { FileCheck } from '../children/file-check.ts';
import type { ServiceSettings } from '../settings.ts';

export interface Uploads {
  /** @throws PlimsollError as receiveForm and FileCheck do, and TOO_MANY_REQUESTS */
  receive(upload: Upload): Promise<FileRow>;
  /** where the content of one lies, and its name there */
  readonly folder: string;
  nameOf(file: Pick<FileRow, 'id'>): string;
  remove(file: Pick<FileRow, 'id'>): void;
}

export interface Upload {
  readonly content: ReadableStream<Uint8Array> | null;
  readonly headers: Headers;
  /** the name of the token */
  readonly by: string;
  /** aborted when the client has gone */
  readonly signal: AbortSignal;
  /** openai: JSONL alone, whatever it is called; data: any kind that is trained on */
  readonly form: keyof typeof FORMS;
}

const FORMS = { openai: openAiFileFormSchema, data: dataFileFormSchema };

export interface UploadParts {
  readonly store: Pick<Store, 'files'>;
  readonly check: FileCheck;
  readonly settings: Pick<ServiceSettings, 'dataDir' | 'uploadLimit'>;
}

/** At once: each has buffers, and its checking waits for that of the others. */
const MOST_AT_ONCE = 8;
const TRY_AGAIN_SECONDS = 2;

/** @throws PlimsollError FILE_NOT_WRITABLE, DISK_FULL */
export function uploadsOf({ store: { files }, check, settings }: UploadParts): Uploads {
  const folder = uploadsFolder(settings);
  makeFolder(folder);
  sweep(folder, (id) => files.byId(id) !== null);
  let atOnce = 0;

  const received = async ({
    content,
    headers,
    by,
    signal,
    form: kind,
  }: Upload): Promise<FileRow> => {
    const chance = `file-${randomUUID().replaceAll('-', '')}`;
    const incoming = join(folder, `${chance}${INCOMING}`);
    let path = incoming;
    try {
      const { receiveForm } = await import('../http/receive-form.ts'); // its parser is for this call alone
      const most = settings.uploadLimit;
      const form = await receiveForm({ content, headers, into: incoming, most });
      const { file, query = null } = checked(FORMS[kind], form.fields);
      const name = plainName(file);
      if (form.bytes === null)
        fail('REQUEST_INVALID', { field: 'file', problem: 'expected a file, got a text' });
      const id = kind === 'data' ? `${chance}${endingOf(name)}` : chance;
      path = join(folder, nameOf({ id }));
      renameSync(incoming, path);
      await check.check({ path, name, kind: kind === 'data' ? null : 'jsonl', query }, signal);
      syncFolder(folder);
      const row = {
        id,
        name,
        purpose: 'fine-tune' as const,
        bytes: form.bytes,
        created_by: by,
        run_id: null,
      };
      return files.add(row);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  };

  return {
    folder,
    nameOf,
    receive: async (upload) => {
      if (atOnce >= MOST_AT_ONCE) fail('TOO_MANY_REQUESTS', { seconds: TRY_AGAIN_SECONDS });
      atOnce++;
      try {
        return await received(upload);
      } finally {
        atOnce--;
      }
    },
    remove: (file) => rmSync(join(folder, nameOf(file)), { force: true }),
  };
}

/** By which files are known to be JSONL: most are, and their ids leave it out. */
const EXTENSION = '.jsonl';
/** Those of other kinds have it in their id: data is told by it. */
const OTHERS: readonly string[] = ['.csv', '.tsv', '.db', '.sqlite', '.sqlite3'];
/** While it is not known what one is. */
const INCOMING = '.part';

/** Empty for JSONL. @param name that its sender gave */
export function endingOf(name: string): string {
  return OTHERS.find((ending) => name.toLowerCase().endsWith(ending)) ?? '';
}

function nameOf({ id }: Pick<FileRow, 'id'>): string {
  return endingOf(id) === '' ? `${id}${EXTENSION}` : id;
}

/** One of the roots below which training data may lie. */
export function uploadsFolder({ dataDir }: Pick<ServiceSettings, 'dataDir'>): string {
  return join(dataDir, 'uploads');
}

function sweep(folder: string, isKnown: (id: string) => boolean): void {
  for (const name of readdirSync(folder))
    if (extname(name) === INCOMING || !isKnown(basename(name, EXTENSION)))
      rmSync(join(folder, name), { recursive: true, force: true });
}

/** As most file systems allow. */
const MOST_CHARACTERS = 255;

/** The name that its sender gave, to be shown: no path, no control characters. */
export function plainName(name: string): string {
  const last = name.replaceAll('\\', '/').split('/').at(-1) ?? '';
  const plain = last.replaceAll(/\p{C}/gu, '').trim();
  return plain === '' || /^\.+$/.test(plain) ? `upload${EXTENSION}` : cut(plain);
}

function cut(text: string): string {
  return Array.from(text).slice(0, MOST_CHARACTERS).join('');
}
