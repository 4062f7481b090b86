/** @file Data before it is trained on: sent, and looked at as a model would get it. */
import { fail } from '#base';
import {
  type DataFile,
  dataFileFormSchema,
  dataFileSchema,
  dataPreviewSchema,
  planOrderSchema,
} from '#protocol';
import type { DataPreviewer } from '../children/data-preview.ts';
import { OF_CONTENT } from '../children/file-check.ts';
import { type Places, wordsOf } from '../orders/order-words.ts';
import { refusedField } from '../children/refused-field.ts';
import { type Route, route } from '../http/route.ts';
import type { Uploads } from '../openai/uploads.ts';

export interface DataParts {
  readonly uploads: Uploads;
  readonly preview: DataPreviewer;
  readonly places: Places;
}

const BASE = '/api/v1/data';

export function dataRoutes({ uploads, preview, places }: DataParts): Route[] {
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
        const file = await uploads.receive({ content, headers, by, signal, form: 'data' });
        return { path: uploads.nameOf(file), name: file.name, bytes: file.bytes };
      },
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
        const answer = await preview.ask(wordsOf(body, places), signal);
        return answer.kind === 'seen'
          ? answer.preview
          : fail('PREVIEW_FAILED', { field: refusedField(answer), problem: answer.message });
      },
    }),
  ];
}
