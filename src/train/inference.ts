/**
 * @file A model that answers: loss on given examples, and generation with a key-value cache. Its
 * sessions open when first needed; they share the weights' file pages with those of training.
 */
import { floats, type Graph, type Tensor } from '#grad';
import type { AdapterSpec, Model, Parameters, TokenExample } from '#models';
import { type GraphSession, openSession, type WeightLocation } from '#onnx';
import { inputName } from '#plan';
import type { Plan } from '#protocol';
import { freeBuffer } from './free-buffer.ts';
import { argmax, type Sampling, sampleToken } from './sampling.ts';

export interface InferenceOptions {
  readonly model: Model;
  readonly adapter: AdapterSpec | null;
  /** read at each run, so that what training changes is seen at once */
  readonly parameters: Parameters;
  readonly bind: (weight: string) => WeightLocation | 'fed';
  readonly plan: Plan;
}

export interface GenerateOptions {
  readonly maxTokens: number;
  /** absent: greedy */
  readonly sampling?: Sampling | undefined;
  /** which row of all that are drawn the first of these is: others are drawn otherwise (default: 0) */
  readonly firstRow?: number | undefined;
}

/** One position of an answer. */
interface ChosenToken {
  readonly row: number;
  readonly token: number;
}

type Kind = 'encoder' | 'decoder' | 'logits' | 'crossCache' | 'step';

export class Inference {
  readonly #options: InferenceOptions;
  readonly #open = new Map<Kind, { graph: Graph; session: GraphSession }>();

  constructor(options: InferenceOptions) {
    this.#options = options;
  }

  async close(): Promise<void> {
    for (const { session } of this.#open.values()) await session.close();
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Logits of every target position under teacher forcing, and the encoder's output. */
  async forward(
    examples: readonly TokenExample[],
  ): Promise<{ logits: Tensor; encoded: Tensor; labels: Int32Array }> {
    const { model } = this.#options;
    const batch = model.batch(examples, { virtualTokens: this.#virtualTokens });
    const encoded = await this.#encode(batch.feeds);
    const decoded = await this.#run('decoder', { ...batch.feeds, 'encoder.output': encoded });
    const hidden = decoded['decoder.output']!; // (B,T,C)
    const rows = batch.size * batch.targetLength;
    const flat = { ...hidden, shape: [rows, model.width] };
    const { logits } = await this.#run('logits', { 'head.hidden': flat });
    const shape = [batch.size, batch.targetLength, model.vocabSize];
    return { logits: { ...logits!, shape }, encoded, labels: batch.labels };
  }

  /** Sum of -log p over the target tokens of the examples, and how many tokens that are. */
  async loss(examples: readonly TokenExample[]): Promise<{ sum: number; tokens: number }> {
    const { model, plan } = this.#options;
    const batch = model.batch(examples, { virtualTokens: this.#virtualTokens });
    const encoded = await this.#encode(batch.feeds);
    const decoded = await this.#run('decoder', { ...batch.feeds, 'encoder.output': encoded });
    const hidden = floats(decoded['decoder.output']!);
    const rows = [...batch.labels.keys()].filter((row) => (batch.labels[row] ?? -1) >= 0);
    let sum = 0;
    for (let at = 0; at < rows.length; at += plan.lossChunk) {
      const chunk = rows.slice(at, at + plan.lossChunk);
      const data = new Float32Array(chunk.length * model.width);
      chunk.forEach((row, i) =>
        data.set(hidden.subarray(row * model.width, (row + 1) * model.width), i * model.width),
      );
      const feeds = {
        'head.hidden': { dtype: 'f32', shape: [chunk.length, model.width], data } as const,
      };
      const { logits } = await this.#run('logits', feeds);
      chunk.forEach((row, i) => {
        sum += negativeLogLikelihood(logits!, i, batch.labels[row] ?? 0);
      });
      free({ logits: logits! });
    }
    free({ encoded, ...decoded });
    return { sum, tokens: rows.length };
  }

  /** Answers to a batch of sources: token ids without start and end. */
  async generate(
    sources: readonly ArrayLike<number>[],
    options: GenerateOptions,
  ): Promise<number[][]> {
    const answers: number[][] = sources.map(() => []);
    for await (const chosen of this.steps(sources, options)) {
      for (const { row, token } of chosen) answers[row]?.push(token);
    }
    return answers;
  }

  /**
   * The same as it comes: at each position the tokens of the answers that have not ended. Whoever leaves the loop
   * ends the generation.
   */
  async *steps(
    sources: readonly ArrayLike<number>[],
    { maxTokens, sampling, firstRow = 0 }: GenerateOptions,
  ): AsyncGenerator<readonly ChosenToken[]> {
    const { model } = this.#options;
    const { inference } = model;
    const feeds = inference.sourceFeeds(sources, { virtualTokens: this.#virtualTokens });
    const encoded = await this.#encode(feeds);
    const cross = await this.#run('crossCache', { 'encoder.output': encoded });
    const fixed = { ...cross, 'source.mask': feeds['source.mask']! };

    const open = new Set(sources.keys());
    let cache = inference.emptyCache(sources.length);
    try {
      let tokens = new Int32Array(sources.length).fill(model.startId);
      for (let position = 0; position < maxTokens && open.size > 0; position++) {
        const { logits, ...present } = await this.#run('step', {
          ...fixed,
          ...cache,
          ...inference.stepFeeds(tokens, position),
        });
        free(cache);
        cache = Object.fromEntries(
          Object.entries(present).map(([name, tensor]) => [
            name.replace('present.', 'past.'),
            tensor,
          ]),
        );
        tokens = new Int32Array(sources.length).fill(model.eosId);
        const chosen: ChosenToken[] = [];
        for (const row of open) {
          const scores = rowOf(logits!, row);
          const token = sampling
            ? sampleToken(scores, sampling, firstRow + row, position)
            : argmax(scores);
          tokens[row] = token;
          if (token === model.eosId) open.delete(row);
          else chosen.push({ row, token });
        }
        free({ logits: logits! });
        yield chosen;
      }
    } finally {
      free({ encoded, ...cross, ...cache });
    }
  }

  async #encode(feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
    return (await this.#run('encoder', feeds))['encoder.output']!;
  }

  /** Runs a graph with those of the given values that it takes. */
  async #run(
    kind: Kind,
    values: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>> {
    const { graph, session } = await this.#session(kind);
    const feeds: Record<string, Tensor> = {};
    for (const input of graph.inputs) feeds[inputName(input)] = values[inputName(input)]!;
    for (const weight of graph.weights) {
      const parameter = this.#options.parameters.get(inputName(weight));
      if (parameter) feeds[inputName(weight)] = { dtype: 'f32', ...parameter };
    }
    return session.run(feeds);
  }

  async #session(kind: Kind): Promise<{ graph: Graph; session: GraphSession }> {
    const open = this.#open.get(kind);
    if (open) return open;
    const { model, adapter, bind, plan } = this.#options;
    const graph = model.inference[kind](adapter);
    const opened = { graph, session: await openSession(graph, bind, plan) };
    this.#open.set(kind, opened);
    return opened;
  }

  get #virtualTokens(): number {
    const { adapter } = this.#options;
    return adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0;
  }
}

/** Large, and many a second: they are not left to the collector. */
function free(tensors: Readonly<Record<string, Tensor>>): void {
  for (const { data } of Object.values(tensors)) if (data.length > 0) freeBuffer(data.buffer);
}

function rowOf(logits: Tensor, row: number): Float32Array {
  const width = logits.shape.at(-1)!;
  return floats(logits).subarray(row * width, (row + 1) * width);
}

/** -log softmax(logits[row])[label], in float64. */
function negativeLogLikelihood(logits: Tensor, row: number, label: number): number {
  const scores = rowOf(logits, row);
  let most = -Infinity;
  for (const score of scores) if (score > most) most = score;
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - most);
  return most + Math.log(sum) - (scores[label] ?? Number.NaN);
}
