/** @file One setting of a service: the node that has it, and why it may not be ours to change. Pure. */
import { isAlias, isMap, isNode, isScalar, type Pair, type Scalar, type YAMLMap } from 'yaml';

/** Why a node cannot be changed without harm, and where it stands. */
export interface Obstacle {
  readonly offset: number;
  readonly reason: string;
}

export type Found =
  | { readonly is: 'value'; readonly node: Scalar; readonly text: string }
  /** none; the innermost map on its way, and the rest of the way from there */
  | { readonly is: 'absent'; readonly within: YAMLMap; readonly rest: readonly string[] }
  | { readonly is: 'obstacle'; readonly obstacle: Obstacle };

/** Follows `path` from a service's own pair. What is shared on the way is an obstacle: others use it too. */
export function settingAt(service: Pair, path: readonly string[], text: string): Found {
  let node = service.value;
  for (const [depth, key] of path.entries()) {
    const shared = sharedBy(node);
    if (shared) return { is: 'obstacle', obstacle: shared };
    if (!isMap(node)) {
      const offset = startOf(node) || startOf(service.key);
      return { is: 'obstacle', obstacle: { offset, reason: `expected keys above '${key}'` } };
    }
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (!pair) return { is: 'absent', within: node, rest: path.slice(depth) };
    node = pair.value;
  }
  return valueOf(node, text);
}

function valueOf(node: unknown, text: string): Found {
  const shared = sharedBy(node);
  if (shared) return { is: 'obstacle', obstacle: shared };
  const offset = startOf(node);
  const obstacle = (reason: string): Found => ({ is: 'obstacle', obstacle: { offset, reason } });
  if (!isScalar(node) || !node.range) return obstacle('expected a size of memory');
  if (node.tag !== undefined) return obstacle(`it has a tag, ${node.tag}`);
  const source = text.slice(node.range[0], node.range[1]);
  if (source.includes('$')) return obstacle(`its value comes from a variable, ${source}`);
  return { is: 'value', node, text: source };
}

/** An alias, an anchor, a merge key: a change here would be a change elsewhere, or come from elsewhere. */
function sharedBy(node: unknown): Obstacle | null {
  const offset = startOf(node);
  if (isAlias(node)) return { offset, reason: `it is an alias, *${node.source}: others share it` };
  if (!isMap(node) && !isScalar(node)) return null;
  if (node.anchor !== undefined) {
    return { offset, reason: `it has an anchor, &${node.anchor}: others may share it` };
  }
  const merge = isMap(node)
    ? node.items.find(({ key }) => isScalar(key) && key.value === '<<')
    : null;
  return merge
    ? {
        offset: startOf(merge.key),
        reason: 'a merge key (<<) brings settings from elsewhere',
      }
    : null;
}

/** Of what comes from no text, 0: it has no place. */
export function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
