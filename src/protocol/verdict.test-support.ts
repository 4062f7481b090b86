/** @file A verdict for tests that are not about verdicts. */
import { type Cause, type Verdict, verdictSchema } from './verdict.ts';

export function verdictOf(cause: Cause): Verdict {
  return verdictSchema.parse({
    cause,
    grade: 'proven',
    exit_code: cause === 'completed' ? 0 : null,
    signal: cause === 'completed' ? null : 'SIGKILL',
    limit_bytes: 100,
    limit_from: '--memory',
    baseline_bytes: 0,
    peak_bytes: 100,
    peak_file_bytes: 0,
    seconds: 1,
    evidence: [],
    missing: [],
    remedies: [],
  });
}
