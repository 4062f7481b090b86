/** @file Which service of a compose file is meant. Pure. */
import { isScalar, type Pair } from 'yaml';
import { fail } from '#base';
import type { ComposeFile } from './compose-file.ts';

/**
 * The one of that name; without a name the only one that limits its memory, else the only one there is.
 *
 * @throws PlimsollError COMPOSE_SERVICE_UNKNOWN, COMPOSE_SERVICE_UNCLEAR
 */
export function findService(
  { file, services, resolved }: ComposeFile,
  name: string | null,
): { readonly name: string; readonly pair: Pair } {
  const known = services.items.map((pair) => nameOf(pair.key));
  const limited = known.filter((each) => limitsOf(resolved[each]).length > 0);
  const [only, ...others] = name !== null ? [name] : limited.length > 0 ? limited : known;
  if (only === undefined || others.length > 0) {
    fail('COMPOSE_SERVICE_UNCLEAR', { file, services: limited.length > 0 ? limited : known });
  }
  const pair = services.items.find(({ key }) => nameOf(key) === only);
  if (!pair) fail('COMPOSE_SERVICE_UNKNOWN', { file, service: only, services: known });
  return { name: only, pair };
}

/** Where a service's limit can stand: Compose's older way, and that of its specification. */
export const LIMIT_PATHS = [
  ['mem_limit'],
  ['deploy', 'resources', 'limits', 'memory'],
] as const satisfies readonly (readonly string[])[];

/** Those that a service has, once aliases and merge keys are resolved. */
export function limitsOf(service: unknown): (readonly string[])[] {
  return LIMIT_PATHS.filter((path) => {
    const value = path.reduce<unknown>((at, key) => Object(at)[key], service);
    return value !== undefined && value !== null;
  });
}

function nameOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}
