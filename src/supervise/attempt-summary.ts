/** @file Of an attempt's record what the record of the next tells of it. Pure. */
import type { AttemptRecord, AttemptSummary } from '#protocol';

export function summaryOf(record: AttemptRecord): AttemptSummary {
  const { attempt: number, command, memory_bytes, started_at } = record;
  const { cause, grade, exit_code, signal, limit_bytes, limit_from, peak_bytes, seconds } =
    record.verdict;
  return {
    attempt: number,
    command,
    memory_bytes,
    started_at,
    cause,
    grade,
    exit_code,
    signal,
    limit_bytes,
    limit_from,
    peak_bytes,
    seconds,
  };
}
