/** @file What a benchmark is: it measures, and it shows what it measured. */

export interface BenchContext {
  /** folder of the model that both sides train */
  readonly model: string;
  /** a folder for this run's files, removed at the end */
  readonly workFolder: string;
  /** whether the reference is measured too */
  readonly reference: boolean;
  readonly rounds: number;
  /** optimizer steps of a run, where a benchmark's own number takes too long */
  readonly steps?: number;
  /** tells a person what is going on */
  readonly say: (line: string) => void;
}

export interface Benchmark<Facts> {
  readonly name: string;
  /** the headline of its table, units included */
  readonly about: string;
  /** how it is measured, for the page of all benchmarks: sentences in Markdown */
  readonly how: string;
  /** why it cannot run here, null where it can */
  readonly unavailable?: () => string | null;
  /** plain data, printed as JSON */
  readonly measure: (context: BenchContext) => Promise<Facts>;
  /** the same as rows of cells; the first row heads the columns */
  readonly table: (facts: Facts) => readonly (readonly string[])[];
  /** and as a picture (SVG) */
  readonly chart?: (facts: Facts) => string;
}

export interface Work {
  /** source tokens / target tokens */
  readonly name: string;
  readonly lengths: { readonly source: number; readonly target: number };
  /** optimizer steps of one process; the first is not counted */
  readonly steps: number;
  /** knobs that make it faster, at the price of memory */
  readonly faster: readonly string[];
}

/** The two lengths that every figure is given for: what the original padded to, and what it had. */
export const WORKS: readonly Work[] = [
  {
    name: '384/384',
    lengths: { source: 384, target: 384 },
    steps: 5,
    faster: ['--attention', 'kept'],
  },
  { name: '24/64', lengths: { source: 24, target: 64 }, steps: 12, faster: ['--prepacking'] },
];

export interface Way {
  readonly name: string;
  readonly knobs: readonly string[];
}

/** As it is by default, and with the knobs that make it faster: what a row is called, and its flags. */
export function waysOf({ name, faster }: Work): Way[] {
  return [
    { name, knobs: [] },
    { name: `${name} ${faster.join(' ')}`, knobs: faster },
  ];
}
