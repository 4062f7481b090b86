/** @file What Compose wrote on a container that it made: its service, and the file that says how. */
import { spawnSync } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import type { LimitOrigin } from '#protocol';

export interface ComposeLabels {
  readonly service: string | null;
  /** null where there were several, of which one knows which has the limit */
  readonly file: string | null;
}

/** Null where the container is gone, was made otherwise, or its engine cannot be asked from here. */
export function composeLabels(origin: LimitOrigin | undefined): ComposeLabels | null {
  if (origin?.kind !== 'container' || origin.id === null) return null;
  const tool = origin.engine === 'podman' ? 'podman' : 'docker';
  const words = ['inspect', '--format', '{{json .Config.Labels}}', origin.id];
  const { stdout, status } = spawnSync(tool, words, { encoding: 'utf8', timeout: ASK_MS });
  return status === 0 ? labelsIn(stdout) : null;
}

const ASK_MS = 3000;

/** com.docker.compose.*, as Compose 1.25 and later write them; podman-compose does too. */
export function labelsIn(json: string): ComposeLabels | null {
  const labels = Object(JSON.parse(json));
  const text = (name: string): string | null => {
    const value: unknown = labels[`com.docker.compose.${name}`];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const service = text('service');
  if (service === null) return null;
  const [file, ...others] = text('project.config_files')?.split(',') ?? [];
  if (file === undefined || others.length > 0) return { service, file: null };
  const folder = text('project.working_dir') ?? '';
  return { service, file: isAbsolute(file) ? file : join(folder, file) };
}
