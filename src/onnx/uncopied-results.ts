/**
 * @file Results that stay where they were written. After a run the Node binding copies each result into an
 * array of its own, those too that it was given an array for (1.30, js/node/src/tensor_helper.cc): at
 * 384/384 tokens of flan-t5-small 300 MB a step, on one thread, and a graph's results twice in memory.
 *
 * It begins with the first result, and where that is no tensor it throws; by then all results are
 * computed and in their places. So every graph gets an empty sequence as its first output. A binding that
 * copies nothing or can show sequences comes to the same end without that error; then this file may go.
 */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { OnnxGraph } from './onnx-graph.ts';

const NO_TENSOR = 'no tensor';

/** The binding's words for a result that is a sequence. */
const CANNOT_COPY = 'Non tensor type is temporarily not supported';

/** The graph with the output at which the binding stops. */
export function withStop(graph: OnnxGraph): OnnxGraph {
  const empty = { op: 'SequenceEmpty', name: NO_TENSOR, inputs: [], outputs: [NO_TENSOR] };
  return {
    ...graph,
    nodes: [empty, ...graph.nodes],
    outputs: [{ name: NO_TENSOR, type: 'sequence', shape: null }, ...graph.outputs],
  };
}

/** What such a graph's run is asked for: the results, and before them what stops the binding. */
export function stopBefore(
  outputs: readonly [string, OrtTensor][],
): Record<string, OrtTensor | null> {
  return { [NO_TENSOR]: null, ...Object.fromEntries(outputs) };
}

/** Whether that is what ended a run: then its results are in their places. */
export function isStop(error: unknown): boolean {
  return error instanceof Error && error.message.includes(CANNOT_COPY);
}
