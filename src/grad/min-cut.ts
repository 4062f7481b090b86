/**
 * @file The cheapest set of vertices to cut, so that no path leads from the sources to the sinks.
 *
 * Vertices have costs, edges have none: each vertex is split into an entry and an exit with an edge of
 * its cost between them, and every other edge can take any flow. A maximum flow then shows a minimum
 * cut (Ford & Fulkerson 1956); it is found along shortest paths (Edmonds & Karp 1972), O(V E^2) at
 * worst. Weak point: that bound, for graphs of tens of thousands of vertices; graphs here have hundreds.
 */

export interface CutProblem {
  /** What it costs to cut each vertex: finite, >= 0. */
  readonly costs: readonly number[];
  /** Pairs (from, to) of vertices. */
  readonly edges: readonly (readonly [number, number])[];
  readonly sources: readonly number[];
  readonly sinks: readonly number[];
}

/** The vertices of a minimum cut, ascending; of several as cheap, the one nearest to the sinks. */
export function minimumCut({ costs, edges, sources, sinks }: CutProblem): number[] {
  const source = 2 * costs.length;
  const sink = source + 1;

  const network = new Network();
  for (const [vertex, cost] of costs.entries()) network.connect(entry(vertex), exit(vertex), cost);
  for (const [from, to] of edges) network.connect(exit(from), entry(to), Infinity);
  for (const vertex of sources) network.connect(source, entry(vertex), Infinity);
  for (const vertex of sinks) network.connect(exit(vertex), sink, Infinity);

  network.saturate(source, sink);
  const open = network.pointsReaching(sink);
  return [...costs.keys()].filter((vertex) => open.has(exit(vertex)) && !open.has(entry(vertex)));
}

const entry = (vertex: number) => 2 * vertex;
const exit = (vertex: number) => 2 * vertex + 1;

/**
 * Pipes between points. Pipe 2i and pipe 2i + 1 are the same one seen from its two ends: the room of
 * the one is what it can still take, the room of the other what can be taken back.
 */
class Network {
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #room: number[] = [];
  readonly #leaving = new Map<number, number[]>();

  connect(from: number, to: number, room: number): void {
    this.#pipe(from, to, room);
    this.#pipe(to, from, 0);
  }

  /** Lets in as much as goes from the source to the sink. */
  saturate(source: number, sink: number): void {
    for (let path = this.#path(source, sink); path; path = this.#path(source, sink)) {
      const flow = Math.min(...path.map((pipe) => this.#room[pipe]!));
      for (const pipe of path) {
        this.#room[pipe]! -= flow;
        this.#room[pipe ^ 1]! += flow;
      }
    }
  }

  /** The points from which more could flow to the target. */
  pointsReaching(target: number): Set<number> {
    const found = new Set([target]);
    for (const point of found) {
      for (const pipe of this.#leaving.get(point) ?? []) {
        if (this.#room[pipe ^ 1]! > 0) found.add(this.#to[pipe]!);
      }
    }
    return found;
  }

  #pipe(from: number, to: number, room: number): void {
    const pipe = this.#room.push(room) - 1;
    this.#from.push(from);
    this.#to.push(to);
    const leaving = this.#leaving.get(from);
    if (leaving) leaving.push(pipe);
    else this.#leaving.set(from, [pipe]);
  }

  /** The pipes of a shortest path with room, from the sink back; null where there is none. */
  #path(source: number, sink: number): number[] | null {
    const arrival = new Map<number, number | null>([[source, null]]);
    for (const [point] of arrival) {
      if (point === sink) break;
      for (const pipe of this.#leaving.get(point) ?? []) {
        const next = this.#to[pipe]!;
        if (this.#room[pipe]! > 0 && !arrival.has(next)) arrival.set(next, pipe);
      }
    }
    const path: number[] = [];
    let pipe = arrival.get(sink) ?? null;
    if (pipe === null) return null;
    while (pipe !== null) {
      path.push(pipe);
      pipe = arrival.get(this.#from[pipe]!) ?? null;
    }
    return path;
  }
}
