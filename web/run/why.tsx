/** @file Why a run ended: the verdict in numbers, its evidence word for word, and what would have helped. */
import type { ServiceRun, Verdict } from '#protocol';
import { formatBytes } from '../words/bytes.ts';
import { formatDuration, secondsBetween } from '../words/times.ts';
import { causeWords } from '../words/verdicts.ts';
import { PHASE_WORDS } from '../chart/run-marks.ts';
import { TableHead } from '../look/table-head.tsx';
import { Solutions } from './solutions.tsx';

export function Why({ run }: { readonly run: ServiceRun }) {
  const { verdict, attempts, errorMessage } = run;
  return (
    <>
      {attempts.length > 1 && <Attempts run={run} />}
      {verdict ? (
        <VerdictView run={run} verdict={verdict} />
      ) : (
        <p className="soft">
          {run.finishedAt === null ? 'It has not ended.' : 'No attempt was made.'}
        </p>
      )}
      {errorMessage && (
        <details open={!verdict?.evidence.length}>
          <summary>The report</summary>
          <pre className="lines">{errorMessage}</pre>
        </details>
      )}
      {run.finishedAt !== null && (
        <p>
          <a href={`/api/v1/admin/training/runs/${run.id}/evidence`} download>
            All evidence as a zip
          </a>{' '}
          <span className="soft">no weights, no data</span>
        </p>
      )}
    </>
  );
}

function Attempts({ run: { attempts } }: { readonly run: ServiceRun }) {
  return (
    <table className="plain">
      <caption className="unseen">Attempts</caption>
      <TableHead names={['Attempt', 'Limit', 'Peak', 'Took', 'How it ended']} />
      <tbody>
        {attempts.map(({ attempt, memoryBytes, peakBytes, startedAt, endedAt, cause, grade }) => (
          <tr key={attempt}>
            <th scope="row">{attempt}</th>
            <td>{formatBytes(memoryBytes)}</td>
            <td>{peakBytes === null ? '–' : formatBytes(peakBytes)}</td>
            <td>{formatDuration(secondsBetween(startedAt, endedAt))}</td>
            <td>{cause ? `${causeWords(cause)} (${grade})` : 'goes on'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function VerdictView({ run, verdict }: { readonly run: ServiceRun; readonly verdict: Verdict }) {
  const { cause, grade, evidence, missing, remedies } = verdict;
  return (
    <div className="why">
      <section>
        <h2>
          {causeWords(cause)} <span className="grade">{grade}</span>
        </h2>
        <p>{inNumbers(verdict)}</p>
        {evidence.length > 0 && (
          <>
            <h3>Evidence</h3>
            <ul className="evidence mono">
              {evidence.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </>
        )}
        {missing.length > 0 && (
          <>
            <h3>What could not be read</h3>
            <ul>
              {missing.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      {remedies.length > 0 && <Solutions run={run} remedies={remedies} />}
    </div>
  );
}

function inNumbers(verdict: Verdict): string {
  const { limit_bytes, limit_from, baseline_bytes, peak_bytes, peak_file_bytes } = verdict;
  const { predicted_peak_bytes: predicted, phase, step, of, exit_code, signal, seconds } = verdict;
  const parts = [
    limit_bytes === null
      ? 'Nothing limited it'
      : `The limit was ${formatBytes(limit_bytes)} (${limit_from})`,
    baseline_bytes > 0 ? `${formatBytes(baseline_bytes)} were in use before it began` : null,
    peak_bytes === null
      ? null
      : `it was seen to use ${formatBytes(peak_bytes)}${peak_file_bytes ? ` and ${formatBytes(peak_file_bytes)} of files` : ''}`,
    predicted === null ? null : `${formatBytes(predicted)} had been predicted`,
    phase === null
      ? null
      : `it was ${PHASE_WORDS[phase]}${step === null ? '' : `, after step ${step} of ${of}`}`,
    signal === null ? (exit_code === null ? null : `exit code ${exit_code}`) : `signal ${signal}`,
    `after ${formatDuration(seconds)}`,
  ];
  return `${parts.filter(Boolean).join('; ')}.`;
}
