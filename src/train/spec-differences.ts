/**
 * @file Whether two specs compute the same, and if not, where they differ, field by field.
 *
 * Where a fingerprint stands for weights or examples, it says what they are and the path only where
 * they lay: a run can be resumed after its files were moved, or in another container.
 */
import { canonicalJson } from '#base';
import type { RunSpec } from '#protocol';

/** One line for each difference: `hyperparameters.seed: expected 42, got 7`; none if there is none. */
export function specDifferences(expected: RunSpec, got: RunSpec): string[] {
  return differences('', withoutPlaces(expected, got), withoutPlaces(got, expected));
}

/** `spec` without the paths to what both specs know by the same fingerprint. */
function withoutPlaces(spec: RunSpec, other: RunSpec): object {
  const { baseModel, data, evaluation } = spec;
  return {
    ...spec,
    baseModel: withoutPlace(baseModel, other.baseModel, { ref: null }),
    data: withoutPlace(data, other.data, { files: null }),
    evaluation: {
      ...evaluation,
      validData:
        evaluation.validData &&
        withoutPlace(evaluation.validData, other.evaluation.validData, { files: null }),
    },
  };
}

interface Fingerprinted {
  readonly fingerprint: string | null;
}

function withoutPlace(mine: Fingerprinted, other: Fingerprinted | null, place: object): object {
  const same = mine.fingerprint !== null && mine.fingerprint === other?.fingerprint;
  return same ? { ...mine, ...place } : mine;
}

function differences(path: string, expected: unknown, got: unknown): string[] {
  if (!isObject(expected) || !isObject(got)) {
    const texts = [expected, got].map((value) =>
      value === undefined ? 'nothing' : canonicalJson(value),
    );
    return texts[0] === texts[1] ? [] : [`${path}: expected ${texts[0]}, got ${texts[1]}`];
  }
  // Another kind of thing has other fields; that they differ says no more.
  const names =
    expected['kind'] === got['kind'] ? Object.keys({ ...expected, ...got }).toSorted() : ['kind'];
  return names.flatMap((name) =>
    differences(path === '' ? name : `${path}.${name}`, expected[name], got[name]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
