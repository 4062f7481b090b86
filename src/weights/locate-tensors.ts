/** @file The tensors of a model folder: in one file, or in several that an index names. */
import { basename, join } from 'node:path';
import { fail } from '#base';
import { SINGLE_WEIGHTS, WEIGHTS_INDEX } from './folder-files.ts';
import { MAX_INDEX_BYTES } from './limits.ts';
import { isJsonObject, readJsonObject } from './read-json.ts';
import { readSafetensorsHeader, type TensorLocation } from './safetensors-header.ts';

/**
 * Every tensor of `folder`, whose files are `names`. Only headers are read. The single file goes
 * before the index where both exist, as in transformers.
 *
 * @throws PlimsollError SHARD_MISSING, SHARD_LACKS_TENSOR, and what reading a header throws
 */
export function locateTensorsOf(
  folder: string,
  names: readonly string[],
): Map<string, TensorLocation> {
  if (names.includes(SINGLE_WEIGHTS)) {
    return readSafetensorsHeader(join(folder, SINGLE_WEIGHTS)).tensors;
  }
  const index = join(folder, WEIGHTS_INDEX);
  const located = new Map<string, TensorLocation>();
  const opened = new Map<string, ReadonlyMap<string, TensorLocation>>();
  for (const [tensor, shard] of readWeightMap(index)) {
    if (!names.includes(shard)) {
      const found = names.filter((name) => name.endsWith('.safetensors'));
      fail('SHARD_MISSING', { index, shard, tensor, found });
    }
    const header = opened.get(shard) ?? readSafetensorsHeader(join(folder, shard)).tensors;
    opened.set(shard, header);
    const location = header.get(tensor);
    if (!location) fail('SHARD_LACKS_TENSOR', { index, shard, tensor });
    located.set(tensor, location);
  }
  return located;
}

/**
 * The index's [tensor, file] pairs. A file is a plain name: an index from outside must not lead
 * to other folders.
 *
 * @throws PlimsollError MODEL_JSON_MALFORMED
 */
export function readWeightMap(index: string): [tensor: string, shard: string][] {
  const { weight_map: map } = readJsonObject(index, MAX_INDEX_BYTES);
  if (!isJsonObject(map)) {
    const expected = "'weight_map', an object from tensors to file names";
    fail('MODEL_JSON_MALFORMED', { file: index, expected, got: JSON.stringify(map) ?? 'none' });
  }
  return Object.entries(map).map(([tensor, shard]) => {
    if (typeof shard !== 'string' || !isPlainName(shard)) {
      const expected = `the name of a safetensors file beside it for tensor '${tensor}'`;
      return fail('MODEL_JSON_MALFORMED', { file: index, expected, got: JSON.stringify(shard) });
    }
    return [tensor, shard];
  });
}

function isPlainName(name: string): boolean {
  return name === basename(name) && name.endsWith('.safetensors') && !name.includes('\0');
}
