/** @file How a run has gone: what it printed, its memory, its losses. Bounded, however long it took. */
import { join } from 'node:path';
import { z } from 'zod';
import { fail } from '#base';
import { runProgressSchema, serviceSampleSchema } from '#protocol';
import type { RunRow, Store } from '#store';
import { OUTPUT_LOG } from '#supervise';
import { folderOf } from '../runs/begin-attempt.ts';
import { readPart, readTail } from '../http/read-tail.ts';
import { type Route, route } from '../http/route.ts';

const RUN = '/api/v1/admin/training/runs/{id}';
const params = z.strictObject({ id: z.coerce.number().int().min(1) });
const text = { type: 'text/plain; charset=utf-8' };
/** More than a screen has pixels. */
const points = z.coerce.number().int().min(2).max(10_000).default(1000);

export function historyRoutes({
  runs,
  events,
  samples,
}: Pick<Store, 'runs' | 'events' | 'samples'>): Route[] {
  const found = (id: number): RunRow => runs.byId(id) ?? fail('RUN_UNKNOWN', { id });
  return [
    route({
      method: 'GET',
      path: `${RUN}/log`,
      summary:
        'What an attempt has printed, the newest unless `attempt` says otherwise: its end, or what follows byte `from`. The header Log-Next says from where to go on',
      scope: 'read',
      params,
      query: z.strictObject({
        bytes: z.coerce
          .number()
          .int()
          .min(1)
          .max(2 ** 20)
          .default(2 ** 16),
        from: z.coerce.number().int().min(0).optional(),
        attempt: z.coerce.number().int().min(1).optional(),
      }),
      answer: { status: 200, ...text },
      errors: ['RUN_UNKNOWN'],
      handle: ({ params: { id }, query: { bytes, from, attempt } }) => {
        const run = found(id);
        const number = attempt ?? runs.attempts([id]).at(-1)?.number;
        const file = number === undefined ? null : join(folderOf(run, number), OUTPUT_LOG);
        const part =
          file === null
            ? { text: '', next: 0 }
            : from === undefined
              ? readTail(file, bytes)
              : readPart(file, from, bytes);
        return new Response(part.text, {
          headers: {
            'Content-Type': text.type,
            'X-Content-Type-Options': 'nosniff',
            'Log-Next': String(part.next),
          },
        });
      },
    }),
    route({
      method: 'GET',
      path: `${RUN}/memory`,
      summary:
        'Memory of a run over time, or from one time to another: where there are more samples than `points`, the highest and the lowest of each stretch',
      scope: 'read',
      params,
      query: z.strictObject({
        points,
        from: z.iso.datetime().optional(),
        to: z.iso.datetime().optional(),
      }),
      answer: { status: 200, schema: z.array(serviceSampleSchema) },
      errors: ['RUN_UNKNOWN'],
      handle: (call) => samples.of(found(call.params.id).id, call.query),
    }),
    route({
      method: 'GET',
      path: `${RUN}/progress`,
      summary:
        'Loss, speed and learning rate over the steps, as means where there are many; evaluations',
      scope: 'read',
      params,
      query: z.strictObject({ points }),
      answer: { status: 200, schema: runProgressSchema },
      errors: ['RUN_UNKNOWN'],
      handle: (call) => events.progress(found(call.params.id).id, call.query.points),
    }),
  ];
}
