/** @file Files as OpenAI's API has them: training data that clients send, and the metrics of jobs. */
import { z } from 'zod';
import { fail } from '#base';
import {
  FILE_PURPOSES,
  type OpenAiFile,
  openAiDeletedFileSchema,
  openAiFileFormSchema,
  openAiFileSchema,
  openAiPageSchema,
} from '#protocol';
import type { FileRow, Store } from '#store';
import { openArtifact, type OpenArtifact } from '../routes/artifact-files.ts';
import { OF_CONTENT } from '../children/file-check.ts';
import { contentOf } from '../http/file-content.ts';
import { type JobResults, RESULTS } from './job-results.ts';
import { pageOf, secondsOf } from './openai-words.ts';
import { type Route, route } from '../http/route.ts';
import type { Uploads } from './uploads.ts';

export interface FileParts {
  readonly store: Pick<Store, 'files' | 'jobs' | 'runs' | 'transaction'>;
  readonly uploads: Uploads;
  readonly results: JobResults;
}

const BASE = '/v1/files';
const id = z.string().min(1).max(100);
const params = z.strictObject({ file_id: id });

export function fileRoutes({ store, uploads, results }: FileParts): Route[] {
  const { files, jobs, runs } = store;
  const found = (which: string, field = 'file_id'): FileRow =>
    files.byId(which) ?? fail('FILE_UNKNOWN', { field, id: which });
  const opened = (file: FileRow): OpenArtifact | null => {
    if (file.run_id === null) return openArtifact(uploads.folder, uploads.nameOf(file));
    const run = runs.byId(file.run_id);
    return run && openArtifact(run.output_dir, RESULTS);
  };
  return [
    route({
      method: 'POST',
      path: BASE,
      summary:
        'Send a file of examples: JSONL, each line a conversation or a prompt and its answer',
      scope: 'run',
      form: openAiFileFormSchema,
      answer: { status: 200, schema: openAiFileSchema },
      errors: [...OF_CONTENT, 'UPLOAD_UNCHECKED'],
      handle: async ({ content, headers, token, signal }) => {
        const by = token?.name ?? '';
        return viewOf(await uploads.receive({ content, headers, by, signal, form: 'openai' }));
      },
    }),
    route({
      method: 'GET',
      path: BASE,
      summary: 'List files, the newest first',
      scope: 'read',
      query: z.strictObject({
        after: id.optional(),
        limit: z.coerce.number().int().min(1).max(10_000).default(1000),
        order: z.enum(['asc', 'desc']).default('desc'),
        purpose: z.string().min(1).max(100).optional(),
      }),
      answer: { status: 200, schema: openAiPageSchema(openAiFileSchema) },
      errors: ['FILE_UNKNOWN'],
      handle: async ({ query: { after, limit, order, ...query } }) => {
        await results.make();
        const purpose = FILE_PURPOSES.find((each) => each === query.purpose);
        if (query.purpose !== undefined && purpose === undefined) return pageOf([], limit);
        const start = after === undefined ? undefined : found(after, 'after');
        const rows = files.list({ limit: limit + 1, order, purpose, after: start });
        return pageOf(rows.map(viewOf), limit);
      },
    }),
    route({
      method: 'GET',
      path: `${BASE}/{file_id}`,
      summary: 'Retrieve what is known of a file',
      scope: 'read',
      params,
      answer: { status: 200, schema: openAiFileSchema },
      errors: ['FILE_UNKNOWN'],
      handle: async (call) => {
        await results.make();
        return viewOf(found(call.params.file_id));
      },
    }),
    route({
      method: 'GET',
      path: `${BASE}/{file_id}/content`,
      summary: 'What a file has in it, or a part of it (Range)',
      scope: 'read',
      params,
      answer: { status: 200, type: 'application/octet-stream' },
      errors: ['FILE_UNKNOWN', 'RANGE_OUTSIDE'],
      handle: async ({ params: { file_id: which }, headers }) => {
        await results.make();
        const file = opened(found(which));
        return file
          ? contentOf(file, headers)
          : fail('FILE_UNKNOWN', { field: 'file_id', id: which });
      },
    }),
    route({
      method: 'DELETE',
      path: `${BASE}/{file_id}`,
      summary: 'Delete a file that no job waits or runs with',
      scope: 'run',
      params,
      answer: { status: 200, schema: openAiDeletedFileSchema },
      errors: ['FILE_UNKNOWN', 'FILE_IN_USE'],
      handle: (call) => {
        const file = found(call.params.file_id);
        const user = jobs.activeWith(file.id);
        if (user) fail('FILE_IN_USE', { field: 'file_id', id: file.id, run: user.run_id });
        const { run_id: run } = file;
        store.transaction(() => {
          files.remove(file.id);
          if (run !== null) jobs.set(run, { results: 'none' });
        });
        if (run === null) uploads.remove(file);
        else results.remove(run);
        return { id: file.id, object: 'file', deleted: true };
      },
    }),
  ];
}

function viewOf({ id: which, name, purpose, bytes, created_at }: FileRow): OpenAiFile {
  const created = secondsOf(created_at);
  const told = { id: which, object: 'file', bytes, created_at: created } as const;
  return { ...told, filename: name, purpose, status: 'processed' };
}
