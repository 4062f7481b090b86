/** @file What a run has left: its files, and all that tells how it went as one archive. */
import { z } from 'zod';
import { fail } from '#base';
import type { RunRow, Store } from '#store';
import { artifactsIn, openArtifact } from './artifact-files.ts';
import { contentOf } from '../http/file-content.ts';
import { type Route, route } from '../http/route.ts';
import { runViews } from './run-view.ts';
import type { Runner } from '../runs/runner.ts';

export interface ArtifactParts {
  readonly store: Pick<Store, 'runs' | 'events' | 'samples'>;
  readonly runner: Pick<Runner, 'places'>;
}

const RUN = '/api/v1/admin/training/runs/{id}';
const params = z.strictObject({ id: z.coerce.number().int().min(1) });

const artifactSchema = z.strictObject({
  path: z.string(),
  bytes: z.int(),
  modifiedAt: z.iso.datetime(),
});

export function artifactRoutes({ store, runner }: ArtifactParts): Route[] {
  const found = (id: number): RunRow => store.runs.byId(id) ?? fail('RUN_UNKNOWN', { id });
  return [
    route({
      method: 'GET',
      path: `${RUN}/artifacts`,
      summary: "The files in a run's folder: adapter, checkpoint, records, output",
      scope: 'read',
      params,
      answer: { status: 200, schema: z.array(artifactSchema) },
      errors: ['RUN_UNKNOWN'],
      handle: (call) => artifactsIn(found(call.params.id).output_dir),
    }),
    route({
      method: 'GET',
      path: `${RUN}/artifacts/content`,
      summary: 'One of these files, or a part of it (Range)',
      scope: 'read',
      params,
      query: z.strictObject({ path: z.string().min(1).max(4096) }),
      answer: { status: 200, type: 'application/octet-stream' },
      errors: ['RUN_UNKNOWN', 'ARTIFACT_UNKNOWN', 'RANGE_OUTSIDE'],
      handle: ({ params: { id }, query: { path }, headers }) => {
        const file = openArtifact(found(id).output_dir, path);
        return file
          ? contentOf(file, headers)
          : fail('ARTIFACT_UNKNOWN', { field: 'path', id, path });
      },
    }),
    route({
      method: 'GET',
      path: `${RUN}/evidence`,
      summary:
        'All that tells how a run went, as a zip: verdicts, events, memory, output; no weights',
      scope: 'read',
      params,
      answer: { status: 200, type: 'application/zip' },
      errors: ['RUN_UNKNOWN'],
      handle: async (call) => {
        const run = found(call.params.id);
        const { evidenceOf } = await import('./evidence.ts'); // the archiver is for this call alone
        const [view] = runViews(store, [run], runner.places());
        return new Response(evidenceOf(store, run, view), {
          headers: {
            'Content-Type': 'application/zip',
            'Content-Disposition': `attachment; filename="run-${run.id}-evidence.zip"`,
          },
        });
      },
    }),
  ];
}
