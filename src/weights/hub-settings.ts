/**
 * @file Where the hub and its cache are, by the environment variables of Python's huggingface_hub.
 * A variable that is empty counts as not set.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail, systemCodeOf } from '#base';
import type { OpenModelOptions } from './open-model.ts';

export interface HubSettings {
  readonly endpoint: string;
  /** holds models--org--name folders */
  readonly cache: string;
  readonly token: string | null;
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws PlimsollError HUB_TOKEN_UNUSABLE */
export function hubSettings(
  options: OpenModelOptions,
  env: Environment = process.env,
): HubSettings {
  const folder = (name: string) => env[name]?.replace(/^~(?=\/|$)/, homedir()) || undefined;
  const home = folder('HF_HOME') ?? join(folder('XDG_CACHE_HOME') ?? HOME_CACHE, 'huggingface');
  return {
    endpoint: (env['HF_ENDPOINT'] || PUBLIC_HUB).replace(/\/+$/, ''),
    cache: options.cacheDir ?? folder('HF_HUB_CACHE') ?? join(home, 'hub'),
    token:
      clean(options.token, '--token') ??
      clean(env['HF_TOKEN'], 'HF_TOKEN') ??
      savedToken(folder('HF_TOKEN_PATH') ?? join(home, 'token')),
    offline: options.offline ?? isOn(env['HF_HUB_OFFLINE']),
  };
}

const PUBLIC_HUB = 'https://huggingface.co';
const HOME_CACHE = join(homedir(), '.cache');

/** What `hf auth login` leaves. */
function savedToken(file: string): string | null {
  try {
    return clean(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code !== 'EACCES' && code !== 'EISDIR') throw error;
    const reason = code === 'EISDIR' ? 'it is a folder' : 'permission denied';
    return fail('HUB_TOKEN_UNUSABLE', { source: file, reason }, { cause: error });
  }
}

/** Checked here, since fetch would show the whole token in its error. */
function clean(token: string | undefined, source: string): string | null {
  const text = token?.trim() ?? '';
  if (/[^\x21-\x7e]/.test(text)) {
    const reason = 'it has white space or other characters that no token has';
    return fail('HUB_TOKEN_UNUSABLE', { source, reason });
  }
  return text === '' ? null : text;
}

function isOn(value: string | undefined): boolean {
  return ['1', 'on', 'yes', 'true'].includes(value?.toLowerCase() ?? '');
}
