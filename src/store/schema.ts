/** @file The tables, as TypeScript knows them; migrations.ts makes them. Times are ISO 8601, JSON is text. */
import type { Generated, Selectable } from 'kysely';
import type { RunStatus, Scope } from '#protocol';

export interface Tables {
  readonly runs: RunsTable;
  readonly attempts: AttemptsTable;
  readonly events: EventsTable;
  readonly deletions: DeletionsTable;
  /** both, as one: all that clients are told */
  readonly told: EventsTable;
  readonly samples: SamplesTable;
  readonly tokens: TokensTable;
  readonly schedules: SchedulesTable;
  readonly files: FilesTable;
  readonly jobs: JobsTable;
  readonly sessions: SessionsTable;
  readonly audit: AuditTable;
  readonly service: { readonly id: string };
}

interface RunsTable {
  readonly id: Generated<number>;
  /** names its folder */
  readonly identifier: string;
  readonly training_type: string;
  readonly status: RunStatus;
  readonly priority: number;
  /** TrainingOrder; of a run of a command only what is not of training */
  readonly training_order: string;
  /** CommandOrder; null for a run that trains */
  readonly command_order: string | null;
  readonly triggered_by: string;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly output_dir: string;
  readonly base_model: string | null;
  readonly dataset_size: number | null;
  readonly final_loss: number | null;
  readonly step: number | null;
  readonly of_steps: number | null;
  readonly predicted_bytes: number | null;
  /** its share of the service's memory, which is the limit of its attempts */
  readonly share_bytes: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly cancel_asked_at: string | null;
  /** it is to end after a checkpoint, and to wait until this is null again */
  readonly pause_asked_at: string | null;
  readonly retry_of: number | null;
}

interface AttemptsTable {
  readonly run_id: number;
  readonly number: number;
  /** live: begun as far as the store knows, and its end not yet seen */
  readonly state: 'live' | 'ended';
  /** by which its process is found again; null until there is one */
  readonly handle: string | null;
  readonly command: string;
  readonly memory_bytes: number;
  /** bytes that the planner is told to add */
  readonly correction_bytes: number;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly verdict: string | null;
  /** where its trainer stood when it was last heard of */
  readonly trainer: string | null;
  readonly peak_bytes: number | null;
  /** bytes of its trainer's events that are in the store */
  readonly events_read: number;
  /** 1 where it was asked to end so that its run can wait */
  readonly paused: Generated<0 | 1>;
}

interface EventsTable {
  readonly seq: Generated<number>;
  readonly run_id: number;
  readonly time: string;
  readonly type: string;
  readonly data: string;
}

/** That a run was deleted: an event whose run is no more. */
interface DeletionsTable {
  readonly seq: number;
  readonly run_id: number;
  readonly time: string;
}

interface SamplesTable {
  readonly run_id: number;
  readonly attempt: number;
  readonly time: string;
  readonly unreclaimable: number;
  readonly file: number;
}

interface TokensTable {
  readonly id: Generated<number>;
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256, in hex; the token itself has 256 random bits, so no slower hash is needed */
  readonly hash: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

interface SchedulesTable {
  readonly id: Generated<number>;
  readonly name: string;
  readonly cron: string;
  readonly time_zone: string;
  /** TrainingOrder */
  readonly training_order: string;
  readonly created_by: string;
  readonly created_at: string;
  readonly next_at: string;
  readonly last_at: string | null;
  /** the run may have been deleted since */
  readonly last_run: number | null;
  readonly last_problem: string | null;
}

interface FilesTable {
  readonly seq: Generated<number>;
  /** names it in the folder of uploads */
  readonly id: string;
  /** as its sender calls it */
  readonly name: string;
  readonly purpose: 'fine-tune' | 'fine-tune-results';
  readonly bytes: number;
  readonly created_by: string;
  readonly created_at: string;
  /** of whose results it is; null for an upload */
  readonly run_id: number | null;
}

/** What a run that was asked for by OpenAI's API has beside what every run has. */
interface JobsTable {
  readonly run_id: number;
  readonly training_file: string;
  readonly validation_file: string | null;
  readonly suffix: string | null;
  /** as they were asked for */
  readonly hyperparameters: string;
  /** texts by their names */
  readonly metadata: string | null;
  /** the file of its metrics; none where the run did not complete, and where it was deleted */
  readonly results: Generated<'due' | 'made' | 'none'>;
  /** of all steps; null until its results are made */
  readonly trained_tokens: Generated<number | null>;
}

interface SessionsTable {
  /** SHA-256, in hex, of what the cookie says */
  readonly hash: string;
  readonly token_id: number;
  readonly created_at: string;
  readonly expires_at: string;
}

interface AuditTable {
  readonly id: Generated<number>;
  readonly time: string;
  /** null for a call without a valid token, and for the command line */
  readonly token_id: number | null;
  readonly who: string;
  readonly address: string;
  /** `DELETE /api/v1/admin/training/runs/7` */
  readonly action: string;
  /** of the answer */
  readonly status: number;
}

export type RunRow = Selectable<RunsTable>;
export type AttemptRow = Selectable<AttemptsTable>;
export type TokenRow = Selectable<TokensTable>;
export type ScheduleRow = Selectable<SchedulesTable>;
export type EventRow = Selectable<EventsTable>;
export type FileRow = Selectable<FilesTable>;
export type JobRow = Selectable<JobsTable>;
export type AuditRow = Selectable<AuditTable>;
