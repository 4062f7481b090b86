/** @file LimitOrigin: who set a limit of memory, as far as it can be told; what else it takes to change it. */
import { z } from 'zod';

export const limitOriginSchema = z.discriminatedUnion('kind', [
  /** `plimsoll run --memory` */
  z.strictObject({ kind: z.literal('flag') }),
  /** a container that an engine started, on its own or by a compose file; nulls where that is not told */
  z.strictObject({
    kind: z.literal('container'),
    engine: z.enum(['docker', 'podman', 'containerd', 'cri-o']).nullable(),
    id: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('kubernetes'),
    /** whose limit: a container's, its pod's, or that of all pods of the node */
    level: z.enum(['container', 'pod', 'node']),
    /** quality of service: guaranteed where limits and requests are the same; null where it is not told */
    quality: z.enum(['guaranteed', 'burstable', 'best-effort']).nullable(),
    /** its uid */
    pod: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('systemd'),
    /** a service, scope or slice */
    unit: z.string(),
    /** whose systemd: the machine's, or a user's own */
    manager: z.enum(['system', 'user']),
  }),
  z.strictObject({ kind: z.literal('slurm'), job: z.string(), step: z.string().nullable() }),
  z.strictObject({ kind: z.literal('rlimit'), name: z.enum(['RLIMIT_AS', 'RLIMIT_DATA']) }),
  z.strictObject({ kind: z.literal('machine') }),
  /** a control group that somebody made, by hand or by a program not known here */
  z.strictObject({ kind: z.literal('cgroup'), path: z.string() }),
]);

export type LimitOrigin = z.infer<typeof limitOriginSchema>;
