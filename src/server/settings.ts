/** @file What the service is started with; the command line makes it. Sizes are bytes. */
import type { AllowedValue, RecoveryPolicy } from '#protocol';
import type { Command, Ladder } from '#supervise';

export interface ServiceSettings {
  readonly host: string;
  /** 0 for any that is free */
  readonly port: number;
  /** the database and the folders of runs; absolute */
  readonly dataDir: string;
  /** what the service and its runs may use together; null for what the limits around allow */
  readonly memory: number | null;
  /** of that, what is kept for the service and its planner */
  readonly reserve: number;
  /** attempts at once, at most */
  readonly concurrency: number;
  /** one run of a type at a time, unless an order says otherwise */
  readonly exclusive: boolean;
  /** when the service ends, after a checkpoint: its next start goes on with them. Else they go on without it */
  readonly endRuns: boolean;
  /** seconds that a model which answers is kept with nothing to answer */
  readonly answerIdle: number;
  /** folders below which data and models may lie, beside those that come with the package; absolute */
  readonly roots: readonly string[];
  /** bytes of a file that a client sends, at most */
  readonly uploadLimit: number;
  /** requests a second of one token, in the long run */
  readonly rateLimit: number;
  /** from signing in to the dashboard until one has to again */
  readonly sessionHours: number;
  /** the built dashboard; absolute, and may be absent */
  readonly dashboard: string;
  /** our own command line, by which runs are planned and trained */
  readonly plimsoll: string;
  readonly version: string;
  /** the model that comes with the package */
  readonly embeddedModel: string;
  /** what clients may have run beside training */
  readonly commands: readonly AllowedCommand[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Each `{placeholder}` of its words has a row in `values` or in one ladder. */
export interface AllowedCommand {
  readonly name: string;
  readonly description: string | null;
  readonly command: Command;
  readonly values: Readonly<Record<string, AllowedValue>>;
  readonly ladders: readonly Ladder[];
  /** its `memory`: null where earlier runs say what it needs */
  readonly policy: RecoveryPolicy;
  /** its working directory; null for the folder of the run */
  readonly folder: string | null;
}
