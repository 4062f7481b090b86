/** @file Schedules: made, listed, deleted. */
import { z } from 'zod';
import { fail } from '#base';
import { newScheduleSchema, scheduleSchema } from '#protocol';
import type { Store } from '#store';
import { nextTime } from '../orders/cron.ts';
import { type Places, wordsOf } from '../orders/order-words.ts';
import { type Route, route } from '../http/route.ts';

const BASE = '/api/v1/schedules';

export function scheduleRoutes({ schedules }: Pick<Store, 'schedules'>, places: Places): Route[] {
  return [
    route({
      method: 'POST',
      path: BASE,
      summary: 'Ask for a run again and again, at the times of a cron expression',
      scope: 'run',
      body: newScheduleSchema,
      answer: { status: 201, schema: scheduleSchema },
      errors: ['SCHEDULE_EXISTS', 'PATH_OUTSIDE_ROOTS'],
      handle: ({ body, token }) => {
        wordsOf(body.order, places); // what leads outside the roots is refused now, not when it is due
        const next = nextTime(body, new Date()).toISOString();
        const { name } = body;
        return schedules.create(body, token?.name ?? '', next) ?? fail('SCHEDULE_EXISTS', { name });
      },
    }),
    route({
      method: 'GET',
      path: BASE,
      summary: 'List schedules, with the times when they are due and what came of the last',
      scope: 'read',
      answer: { status: 200, schema: z.array(scheduleSchema) },
      handle: () => schedules.list(),
    }),
    route({
      method: 'DELETE',
      path: `${BASE}/{name}`,
      summary: 'Delete a schedule. Its runs stay',
      scope: 'run',
      params: z.strictObject({ name: newScheduleSchema.shape.name }),
      answer: { status: 200, schema: scheduleSchema },
      errors: ['SCHEDULE_UNKNOWN'],
      handle: ({ params: { name } }) =>
        schedules.remove(name) ?? fail('SCHEDULE_UNKNOWN', { name }),
    }),
  ];
}
