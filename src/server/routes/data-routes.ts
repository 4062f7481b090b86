/** @file Data before it is trained on: sent, and looked at as a model would get it. */
import { z } from 'zod';
import { fail } from '#base';
import {
  type DataFile,
  dataFileFormSchema,
  dataFileSchema,
  dataPreviewSchema,
  planOrderSchema,
} from '#protocol';
import type { FileRow, Store } from '#store';
import type { DataPreviewer } from '../children/data-preview.ts';
import { OF_CONTENT } from '../children/file-check.ts';
import { type Places, wordsOf } from '../orders/order-words.ts';
import { refusedField } from '../children/refused-field.ts';
import { type Route, route } from '../http/route.ts';
import type { Uploads } from '../openai/uploads.ts';

export interface DataParts {
  readonly store: Pick<Store, 'files'>;
  readonly uploads: Uploads;
  readonly preview: DataPreviewer;
  readonly places: Places;
}

const BASE = '/api/v1/data';

export function dataRoutes({ store, uploads, preview, places }: DataParts): Route[] {
  const viewOf = (file: FileRow): DataFile => ({
    path: uploads.nameOf(file),
    name: file.name,
    bytes: file.bytes,
    sentAt: file.created_at,
  });
  return [
    route({
      method: 'POST',
      path: BASE,
      summary:
        'Send a file to train on: JSONL, CSV or SQLite. Each record is read once before it is kept',
      scope: 'run',
      form: dataFileFormSchema,
      answer: { status: 200, schema: dataFileSchema },
      errors: [...OF_CONTENT, 'UPLOAD_UNCHECKED'],
      handle: async ({ content, headers, token, signal }): Promise<DataFile> => {
        const by = token?.name ?? '';
        return viewOf(await uploads.receive({ content, headers, by, signal, form: 'data' }));
      },
    }),
    route({
      method: 'GET',
      path: BASE,
      summary: 'List files that were sent to train on, the newest first',
      scope: 'read',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1000).default(20),
        /** a part of the name */
        search: z.string().min(1).max(200).optional(),
      }),
      answer: { status: 200, schema: z.array(dataFileSchema) },
      handle: ({ query }) =>
        store.files.list({ ...query, purpose: 'fine-tune', order: 'desc' }).map(viewOf),
    }),
    route({
      method: 'POST',
      path: `${BASE}/preview`,
      summary:
        'Say what a run would read: the first examples as its model gets them, and what is passed over',
      scope: 'run',
      body: planOrderSchema,
      answer: { status: 200, schema: dataPreviewSchema },
      errors: ['PATH_OUTSIDE_ROOTS', 'PREVIEW_FAILED'],
      handle: async ({ body, signal }) => {
        const words = wordsOf(body, places);
        const answer = await preview.ask(words, signal);
        return answer.kind === 'seen'
          ? answer.preview
          : fail('PREVIEW_FAILED', { field: refusedField(answer, words), problem: answer.message });
      },
    }),
  ];
}
