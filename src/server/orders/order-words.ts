/** @file From an order to the words of `plimsoll plan` and `plimsoll train`. Pure but for where paths lead. */
import { type PlanOrder, TRAINED_FIELDS } from '#protocol';
import { resolveBelow } from './paths.ts';

export interface Places {
  readonly roots: readonly string[];
  /** a name that is neither a path nor on the hub */
  readonly embeddedModel: string;
}

/**
 * `{max_samples: 200}` -> `--max-samples=200`. A value is joined to its flag, so that none can pass for
 * another flag. The limit is not among them: it is the service's to give.
 *
 * @throws PlimsollError PATH_OUTSIDE_ROOTS
 */
export function wordsOf(order: PlanOrder, places: Places): string[] {
  return TRAINED_FIELDS.filter((field) => field !== 'memory').flatMap((field) => {
    const value = order[field];
    if (value === undefined) return [];
    const name = field.replaceAll('_', '-');
    if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
    const flag = `--${name}`;
    return valuesOf(field, value, places).map((each) => `${flag}=${each}`);
  });
}

type Field = (typeof TRAINED_FIELDS)[number];

function valuesOf(
  field: Field,
  value: NonNullable<PlanOrder[Field]>,
  { roots, embeddedModel }: Places,
): string[] {
  const list = Array.isArray(value) ? value : [String(value)];
  if (field === 'data' || field === 'valid_data')
    return list.map((path) => resolveBelow(roots, field, path));
  if (field === 'base_model')
    return list.map((name) =>
      name === embeddedModel || isHubName(name) ? name : resolveBelow(roots, field, name),
    );
  return [list.join(',')]; // of data alone each has a flag of its own
}

/** `owner/name`, perhaps with `@revision`: what begins otherwise is a path. */
export function isHubName(name: string): boolean {
  return HUB_NAME.test(name);
}

const HUB_NAME = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(@[\w./-]+)?$/;
