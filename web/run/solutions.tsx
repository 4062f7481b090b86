/** @file What would have helped a run: each with what it takes, and a button where the service can do it. */
import { useId } from 'react';
import { useLocation } from 'wouter';
import type { PlanOrder, Remedy, ServiceRun } from '#protocol';
import { useMayRun } from '../api/session.tsx';
import { useRetry, useSolutions } from '../api/solutions.ts';
import { Problem } from '../frame/notes.tsx';
import { refusalOf } from '../start/answer.ts';
import { formatBytes } from '../words/bytes.ts';
import { Copy } from './copy.tsx';
import { retryName } from './retry-name.ts';
import './solutions.css';

interface Props {
  readonly run: ServiceRun;
  /** as they were known at its end */
  readonly remedies: readonly Remedy[];
}

export function Solutions({ run, remedies }: Props) {
  const { data, error, isLoading, refetch } = useSolutions(run);
  return (
    <section>
      <h2>Solutions</h2>
      {isLoading && (
        <p role="status" className="soft">
          The planner is asked what each takes …
        </p>
      )}
      {error && <Problem error={error} onRetry={refetch} />}
      <ol className="solutions">
        {(data ?? remedies).map((remedy) => (
          <Solution key={remedy.change} run={run} remedy={remedy} isKnown={data !== undefined} />
        ))}
      </ol>
    </section>
  );
}

interface SolutionProps {
  readonly run: ServiceRun;
  readonly remedy: Remedy;
  /** as the planner has it: before, nothing is asked for */
  readonly isKnown: boolean;
}

function Solution({ run, remedy, isKnown }: SolutionProps) {
  const { change, lines, retry, limit, predicted_peak_bytes: predicted } = remedy;
  const described = useId();
  const text = lines.join('\n');
  return (
    <li>
      <p id={described}>
        {change}
        {predicted !== null && <span className="soft"> · takes {formatBytes(predicted)}</span>}
      </p>
      {retry && isKnown && (
        <Again
          run={run}
          changes={retry.order}
          name={retryName(remedy)}
          result={retry.same_result ? 'it learns the same' : 'it learns something else'}
          describedBy={described}
        />
      )}
      {lines.length > 0 &&
        (retry ? (
          <details>
            <summary>As a command</summary>
            <Lines text={text} name="Copy this command" />
          </details>
        ) : (
          <Lines text={text} name={limit ? 'Copy this change' : 'Copy this command'} />
        ))}
    </li>
  );
}

function Lines({ text, name }: { readonly text: string; readonly name: string }) {
  return (
    <>
      <pre className="lines">{text}</pre>
      <Copy text={text} name={name} />
    </>
  );
}

interface AgainProps {
  readonly run: ServiceRun;
  readonly changes: PlanOrder;
  readonly name: string;
  /** of this change, in words */
  readonly result: string;
  readonly describedBy: string;
}

/** Where it would not fit, nothing is started, and the numbers are told. */
function Again({ run, changes, name, result, describedBy }: AgainProps) {
  const again = useRetry(run, refusalOf);
  const mayRun = useMayRun();
  const note = useId();
  const [, go] = useLocation();
  const start = (): void => {
    if (again.isPending) return;
    again.mutate(changes, { onSuccess: (made) => made && go(`/runs/${made.id}`) });
  };
  return (
    <>
      <div className="row">
        <button
          type="button"
          className="first"
          disabled={!mayRun}
          aria-disabled={again.isPending}
          title={mayRun ? undefined : 'This needs a token with scope run'}
          aria-describedby={`${describedBy} ${note}`}
          onClick={start}
        >
          {name}
        </button>
        <span id={note} className="soft">
          A new run, from its start; {result}.
        </span>
      </div>
      <span role="status" className="soft">
        {again.isPending && 'The planner is asked whether it fits …'}
      </span>
      {again.error && <Problem error={again.error} onRetry={start} />}
    </>
  );
}
