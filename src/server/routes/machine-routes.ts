/** @file The service itself and its machine: health, metrics, what a run would take, what verdicts can prove. */
import { z } from 'zod';
import { fail } from '#base';
import { machineSurveySchema, planOrderSchema, predictionSchema } from '#protocol';
import type { Store } from '#store';
import { surveyMachine } from '#supervise';
import type { Answering } from '../answering/answering.ts';
import { type Capacity } from '../runs/capacity.ts';
import type { Metrics } from '../http/metrics.ts';
import { planLimitOf } from '../orders/order.ts';
import { type Places, wordsOf } from '../orders/order-words.ts';
import type { Planner } from '../children/planner.ts';
import { refusedField } from '../children/refused-field.ts';
import { type Route, route } from '../http/route.ts';

export interface MachineParts {
  readonly store: Pick<Store, 'runs' | 'samples'>;
  readonly capacity: Capacity;
  readonly answering: Pick<Answering, 'holder'>;
  readonly planner: Planner;
  readonly places: Places;
  readonly metrics: Metrics;
  readonly version: string;
}

export function machineRoutes(parts: MachineParts): Route[] {
  const { store, capacity, answering, planner, places, metrics, version } = parts;
  return [
    route({
      method: 'GET',
      path: '/health',
      summary: 'Whether the service lives',
      scope: null,
      answer: {
        status: 200,
        schema: z.strictObject({ status: z.literal('healthy'), version: z.string() }),
      },
      handle: () => ({ status: 'healthy', version }),
    }),
    route({
      method: 'GET',
      path: '/ready',
      summary: 'Whether it can take orders: its database answers',
      scope: null,
      answer: { status: 200, schema: z.strictObject({ status: z.literal('ready') }) },
      handle: () => {
        store.runs.counts();
        return { status: 'ready' };
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      summary: 'Measurements, for Prometheus',
      scope: 'read',
      answer: { status: 200, type: metrics.type },
      handle: async () =>
        new Response(await metrics.text(), { headers: { 'Content-Type': metrics.type } }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/memory',
      summary: "The service's memory: its limit, what runs may use, who has how much of it",
      scope: 'read',
      answer: {
        status: 200,
        schema: z.strictObject({
          limit: z.int(),
          from: z.string(),
          reserve: z.int(),
          capacity: z.int(),
          /** `used`: as it was seen last; null before that */
          runs: z.array(z.strictObject({ id: z.int(), limit: z.int(), used: z.int().nullable() })),
          /** the model that is open to answer, until a run needs its share */
          answering: z.strictObject({ model: z.string(), limit: z.int() }).nullable(),
        }),
      },
      handle: () => {
        const running = store.runs.running();
        const { limit, from, reserve, bytes } = capacity;
        const runs = running.map(({ id, share_bytes: share }) => ({
          id,
          limit: share ?? 0,
          used: store.samples.last(id)?.unreclaimable ?? null,
        }));
        const holder = answering.holder();
        const open = holder && { model: holder.model, limit: holder.share };
        return { limit, from, reserve, capacity: bytes, runs, answering: open };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/plan',
      summary: 'Say what a run would take, and whether it fits. Nothing is started',
      scope: 'read',
      body: planOrderSchema,
      answer: { status: 200, schema: predictionSchema },
      errors: ['PATH_OUTSIDE_ROOTS', 'PLAN_FAILED'],
      handle: async ({ body, signal }) => {
        const limit = planLimitOf(body, capacity);
        const words = wordsOf(body, places);
        const answer = await planner.ask(words, limit, signal);
        return answer.kind === 'predicted'
          ? answer.prediction
          : fail('PLAN_FAILED', { field: refusedField(answer, words), problem: answer.message });
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/doctor',
      summary: 'What this machine offers, and what verdicts can therefore prove',
      scope: 'read',
      answer: { status: 200, schema: machineSurveySchema },
      handle: () => surveyMachine(),
    }),
  ];
}
