/** @file Data of one use: what is preset, a file that is sent or was, or a path below the service's roots. */
import { type ReactNode, useState } from 'react';
import { FieldInput } from './field-input.tsx';
import type { Field } from './fields.ts';
import { FileSender } from './file-sender.tsx';
import type { FillIn, ProblemOf } from './form.ts';
import { DATA_KINDS, type DataKind, dataKindOf, type DataUse, type Filled } from './order.ts';
import { SentChoice } from './sent-choice.tsx';

const LABELS: Readonly<Record<Exclude<DataKind, 'preset'>, string>> = {
  file: 'A file that you send',
  sent: 'A file that was sent before',
  path: 'A file that the service has',
};

interface Props {
  readonly use: DataUse;
  readonly name: string;
  /** what is taken where no file is */
  readonly preset: string;
  readonly filled: Filled;
  readonly fillIn: FillIn;
  readonly problemOf: ProblemOf;
  readonly mayRun: boolean;
  /** the preview, say */
  readonly children: ReactNode;
}

export function DataChoice(props: Props) {
  const { use, name, preset, filled, fillIn, problemOf, mayRun, children } = props;
  const [queryProblem, setQueryProblem] = useState<string | null>(null);
  const chosen = dataKindOf(filled, use);
  const query = filled[use.query] ?? '';
  const choose = (kind: DataKind): void => {
    setQueryProblem(null);
    fillIn({ [use.kind]: kind, [use.data]: '', [use.query]: '' });
  };
  const take = (path: string): void => fillIn({ [use.data]: path });
  return (
    <fieldset className="panel">
      <legend>{name}</legend>
      {DATA_KINDS.map((kind) => (
        <label key={kind} className="choice">
          <input
            type="radio"
            name={use.kind}
            checked={kind === chosen}
            onChange={() => choose(kind)}
          />
          {kind === 'preset' ? preset : LABELS[kind]}
        </label>
      ))}
      {chosen === 'file' && (
        <FileSender
          name={use.file}
          query={query}
          disabled={!mayRun}
          missing={problemOf(use.file)}
          onFile={(file) => take(file?.path ?? '')}
          onQueryProblem={setQueryProblem}
        />
      )}
      {chosen === 'sent' && (
        <SentChoice name={use.data} problem={problemOf(use.data)} onPath={take} />
      )}
      {chosen === 'path' && (
        <FieldInput
          field={{ ...PATH, name: use.data }}
          value={filled[use.data] ?? ''}
          preset=""
          problem={problemOf(use.data)}
          onChange={take}
        />
      )}
      {chosen !== 'preset' && (
        <FieldInput
          field={{ ...QUERY, name: use.query }}
          value={query}
          preset=""
          problem={queryProblem ?? problemOf(use.query)}
          onChange={(text) => {
            setQueryProblem(null);
            fillIn({ [use.query]: text });
          }}
        />
      )}
      {children}
    </fieldset>
  );
}

const PATH: Omit<Field, 'name'> = {
  label: 'Path',
  help: 'below one of the roots of the service (--root)',
  type: 'text',
};

const QUERY: Omit<Field, 'name'> = {
  label: 'What to select',
  help: 'SQL, for a SQLite file alone: two columns, source and target',
  type: 'text',
  whenEmpty: "the original service's table",
};
