/**
 * @file In which order nodes have to be written for ONNX Runtime to run them in the order in which they
 * are given.
 *
 * It takes no notice of the order in a file but for one thing (1.30, core/graph/graph.cc and
 * graph_viewer.cc): it walks depth-first from results that nobody reads, and wherever it has a choice
 * takes the node first that is written last. An order of our own matters, because it decides how much
 * is alive at once: what can be made at any time is to be made right before it is used.
 */
import type { NodeParts } from './model-proto.ts';

/**
 * The nodes, operands before users, as branches of an If have to have them. Where the choices of ONNX
 * Runtime cannot be led by the order alone, a node is added that reads a result and that nobody reads.
 */
export function leadingTo(nodes: readonly NodeParts[]): NodeParts[] {
  const maker = new Map(nodes.flatMap((node, i) => node.outputs.map((name) => [name, i] as const)));
  const operands = nodes.map(({ inputs }) => [
    ...new Set(inputs.flatMap((name) => maker.get(name) ?? [])),
  ]);
  const places = reversedWhereFree(operands);
  const rank = new Map(places.map((node, place) => [node, place]));
  const inTurn = operands.map((own) => own.toSorted((a, b) => rank.get(b)! - rank.get(a)!));
  const isRead = new Set(operands.flat());
  const body = places.filter((i) => isRead.has(i)).map((i) => nodes[i]!);
  const ends = legs(inTurn).map((end) => (isRead.has(end) ? reader(nodes[end]!) : nodes[end]!));
  return [...body, ...ends.toReversed()];
}

/** A result that nobody reads, of the smallest size, for the sake of when the node is run. */
function reader({ outputs: [result = ''] }: NodeParts): NodeParts {
  return { op: 'Size', name: `after ${result}`, inputs: [result], outputs: [`after ${result}`] };
}

/**
 * The nodes from which to walk, one after the other, so that the walks together run through all nodes
 * in order: each the farthest that still does.
 */
function legs(operands: readonly (readonly number[])[]): number[] {
  const ends: number[] = [];
  for (let done = 0; done < operands.length;) {
    let end = operands.length - 1;
    while (end > done && !walksInOrder(end, done, operands)) end--;
    ends.push(end);
    done = end + 1;
  }
  return ends;
}

/** Whether a depth-first walk from a node, what is before `done` being done, is through in order. */
function walksInOrder(
  from: number,
  done: number,
  operands: readonly (readonly number[])[],
): boolean {
  let next = done;
  const visit = (node: number): boolean => {
    if (node < next) return true;
    for (const operand of operands[node]!) if (!visit(operand)) return false;
    return node === next++;
  };
  return visit(from);
}

/**
 * The order that is nearest to the reverse one and still has operands before users: from the end on,
 * of the nodes whose users all stand behind already, the one that comes first.
 */
function reversedWhereFree(operands: readonly (readonly number[])[]): number[] {
  const usersLeft = operands.map(() => 0);
  for (const i of operands.flat()) usersLeft[i] = usersLeft[i]! + 1;
  const free = new Set([...operands.keys()].filter((i) => usersLeft[i] === 0));
  const order: number[] = [];
  while (free.size > 0) {
    const next = Math.min(...free);
    free.delete(next);
    order.push(next);
    for (const i of operands[next]!) {
      usersLeft[i] = usersLeft[i]! - 1;
      if (usersLeft[i] === 0) free.add(i);
    }
  }
  return order.toReversed();
}
