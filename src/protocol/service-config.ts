/**
 * @file ServiceConfig: the settings of `plimsoll serve` as people write them into a file. Each field is the flag of the
 * same name with `_` for `-`, and means what that does; `commands` has none: a list is no flag.
 */
import { z } from 'zod';
import { commandsConfigSchema } from './command-order.ts';
import { sizeSchema } from './size.ts';

const text = z.string().min(1);
const count = z.int().min(1);

export const serviceConfigSchema = z
  .strictObject({
    host: text,
    port: z.int().min(0).max(65_535),
    data_dir: text,
    memory: sizeSchema,
    reserve: sizeSchema,
    concurrency: count,
    exclusive: z.boolean(),
    runs_on_stop: z.enum(['leave', 'end']),
    root: z.union([text, z.array(text).min(1)]),
    upload_limit: sizeSchema,
    answer_idle: count,
    rate_limit: count,
    session_hours: count,
    log_level: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    /** what clients may have run, by name */
    commands: commandsConfigSchema,
  })
  .partial();

export type ServiceConfig = z.infer<typeof serviceConfigSchema>;
