/** @file What to train on: the bundled examples, a file that is sent, or a path below the service's roots. */
import { type ReactNode, useState } from 'react';
import { type FillIn, type ProblemOf } from './form.ts';
import { FieldInput } from './field-input.tsx';
import { FileSender } from './file-sender.tsx';
import type { Filled } from './order.ts';

const KINDS = [
  { name: 'bundled', label: 'Example data: the history of a household' },
  { name: 'file', label: 'A file that you send' },
  { name: 'path', label: 'A file that the service has' },
] as const;

type Kind = (typeof KINDS)[number]['name'];

interface Props {
  readonly filled: Filled;
  readonly fillIn: FillIn;
  readonly problemOf: ProblemOf;
  readonly mayRun: boolean;
  /** the preview */
  readonly children: ReactNode;
}

export function DataChoice({ filled, fillIn, problemOf, mayRun, children }: Props) {
  const [kind, setKind] = useState<Kind>('bundled');
  const [queryProblem, setQueryProblem] = useState<string | null>(null);
  const choose = (next: Kind): void => {
    setKind(next);
    setQueryProblem(null);
    fillIn({ data: '', query: '' });
  };
  return (
    <fieldset className="panel">
      <legend>Data</legend>
      {KINDS.map(({ name, label }) => (
        <label key={name} className="choice">
          <input
            type="radio"
            name="data-kind"
            checked={kind === name}
            onChange={() => choose(name)}
          />
          {label}
        </label>
      ))}
      {kind === 'file' && (
        <FileSender
          query={filled['query'] ?? ''}
          disabled={!mayRun}
          onFile={(file) => fillIn({ data: file?.path ?? '' })}
          onQueryProblem={setQueryProblem}
        />
      )}
      {kind === 'path' && (
        <FieldInput
          field={PATH}
          value={filled['data'] ?? ''}
          preset=""
          problem={problemOf('data')}
          onChange={(data) => fillIn({ data })}
        />
      )}
      {kind !== 'bundled' && (
        <FieldInput
          field={QUERY}
          value={filled['query'] ?? ''}
          preset=""
          problem={queryProblem ?? problemOf('query')}
          onChange={(query) => fillIn({ query })}
        />
      )}
      {kind === 'bundled' || (filled['data'] ?? '') !== '' ? children : null}
    </fieldset>
  );
}

const PATH = {
  name: 'data',
  label: 'Path',
  help: 'below one of the roots of the service (--root)',
  type: 'text',
} as const;

const QUERY = {
  name: 'query',
  label: 'What to select',
  help: 'SQL, for a SQLite file alone: two columns, source and target',
  type: 'text',
  whenEmpty: "the original service's table",
} as const;
