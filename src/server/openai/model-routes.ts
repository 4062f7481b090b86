/** @file Models as OpenAI's API has them: bases, and what runs have made of them. */
import { z } from 'zod';
import { fail } from '#base';
import { type OpenAiModel, openAiModelSchema } from '#protocol';
import { OWNER, secondsOf } from './openai-words.ts';
import { type Route, route } from '../http/route.ts';
import type { ServedModel, ServedModels } from './served-models.ts';

const params = z.strictObject({ model: z.string().min(1).max(8192) });

export function modelRoutes(models: ServedModels): Route[] {
  const found = (id: string): ServedModel =>
    models.named(id) ?? fail('MODEL_ID_UNKNOWN', { field: 'model', id });
  return [
    route({
      method: 'GET',
      path: '/v1/models',
      summary: 'List models: bases, then tuned ones, the newest first',
      scope: 'read',
      answer: {
        status: 200,
        schema: z.strictObject({ object: z.literal('list'), data: z.array(openAiModelSchema) }),
      },
      handle: () => ({ object: 'list', data: models.list().map(viewOf) }),
    }),
    route({
      method: 'GET',
      path: '/v1/models/{model}',
      summary: 'Retrieve a model',
      scope: 'read',
      params,
      answer: { status: 200, schema: openAiModelSchema },
      errors: ['MODEL_ID_UNKNOWN'],
      handle: (call) => viewOf(found(call.params.model)),
    }),
    route({
      method: 'DELETE',
      path: '/v1/models/{model}',
      summary: 'Delete a tuned model; the record of its run stays',
      scope: 'run',
      params,
      answer: {
        status: 200,
        schema: z.strictObject({
          id: z.string(),
          object: z.literal('model'),
          deleted: z.literal(true),
        }),
      },
      errors: ['MODEL_ID_UNKNOWN', 'MODEL_IS_BASE'],
      handle: (call) => {
        const { id } = found(call.params.model);
        if (!models.remove(id)) fail('MODEL_IS_BASE', { field: 'model', id });
        return { id, object: 'model', deleted: true };
      },
    }),
  ];
}

function viewOf({ id, createdAt, run }: ServedModel): OpenAiModel {
  const owned_by = run?.triggered_by ?? OWNER;
  return { id, object: 'model', created: secondsOf(createdAt), owned_by };
}
