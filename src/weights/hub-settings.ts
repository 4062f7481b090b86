/**
 * @file Where the hub and its cache are, by the environment variables of Python's huggingface_hub.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { OpenModelOptions } from './open-model.ts';

export interface HubSettings {
  readonly endpoint: string;
  /** holds models--org--name folders */
  readonly cache: string;
  readonly token: string | null;
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function hubSettings(
  options: OpenModelOptions,
  env: Environment = process.env,
): HubSettings {
  const home =
    env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  return {
    endpoint: (env['HF_ENDPOINT'] ?? PUBLIC_HUB).replace(/\/+$/, ''),
    cache: options.cacheDir ?? env['HF_HUB_CACHE'] ?? join(home, 'hub'),
    token:
      options.token ?? env['HF_TOKEN'] ?? savedToken(env['HF_TOKEN_PATH'] ?? join(home, 'token')),
    offline: options.offline ?? isOn(env['HF_HUB_OFFLINE']),
  };
}

const PUBLIC_HUB = 'https://huggingface.co';

/** What `huggingface-cli login` leaves. */
function savedToken(file: string): string | null {
  if (!existsSync(file)) return null;
  const token = readFileSync(file, 'utf8').trim();
  return token === '' ? null : token;
}

function isOn(value: string | undefined): boolean {
  return ['1', 'on', 'yes', 'true'].includes(value?.toLowerCase() ?? '');
}
