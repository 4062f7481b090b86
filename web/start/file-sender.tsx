/** @file A file chosen and sent, with its progress; it can be cancelled, and what failed is tried again. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { DataFile } from '#protocol';
import { Refusal } from '../api/request.ts';
import { signedOut } from '../api/session.tsx';
import { CANCELLED, sendFile, type Upload } from '../api/upload.ts';
import { Problem } from '../frame/notes.tsx';
import { formatBytes } from '../words/bytes.ts';
import { describedBy, FieldProblem } from './field-input.tsx';

interface Props {
  /** of its field */
  readonly name: string;
  /** what to select, where it is a database */
  readonly query: string;
  readonly disabled: boolean;
  /** what is told where the run was to start without one, or null */
  readonly missing: string | null;
  /** the file that was sent is there; null: another is chosen */
  readonly onFile: (file: DataFile | null) => void;
  /** what is wrong with the selection, or null */
  readonly onQueryProblem: (problem: string | null) => void;
}

export function FileSender(props: Props) {
  const { name, query, disabled, missing, onFile, onQueryProblem } = props;
  const [file, setFile] = useState<File | null>(null);
  const [part, setPart] = useState<number | null>(null);
  const [sent, setSent] = useState<DataFile | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const upload = useRef<Upload>(null);
  const client = useQueryClient();
  useEffect(() => () => upload.current?.cancel(), []);

  const start = async (chosen: File): Promise<void> => {
    upload.current?.cancel();
    setFile(chosen);
    setError(null);
    setSent(null);
    onFile(null);
    onQueryProblem(null);
    setPart(0);
    const own = sendFile(chosen, query, (done) => upload.current === own && setPart(done));
    upload.current = own;
    try {
      const answer = await own.done;
      setSent(answer);
      onFile(answer);
    } catch (failure) {
      if (upload.current !== own || !(failure instanceof Error)) return;
      if (failure instanceof Refusal && failure.status === 401) signedOut(client, failure);
      if (failure instanceof Refusal && failure.field === 'query') onQueryProblem(failure.message);
      setError(failure.name === CANCELLED ? null : failure);
    } finally {
      if (upload.current === own) setPart(null);
    }
  };
  const problem = error?.message ?? (part === null ? missing : null);

  return (
    <div className="field">
      <label htmlFor={name}>File</label>
      <input
        id={name}
        type="file"
        accept=".jsonl,.ndjson,.csv,.tsv,.db,.sqlite,.sqlite3"
        disabled={disabled}
        aria-invalid={problem !== null}
        aria-describedby={describedBy(name, { help: true, problem })}
        onClick={({ currentTarget }) => {
          currentTarget.value = ''; // or the same file, corrected, would be no change
        }}
        onChange={({ target }) => {
          const [chosen] = target.files ?? [];
          if (chosen) void start(chosen);
        }}
      />
      <small id={`${name}-help`} className="soft">
        JSONL, CSV or SQLite. Each record is read once before it is kept.
      </small>
      {part !== null && file && (
        <div className="row">
          <progress aria-label={`Sending ${file.name}`} max={1} value={part} />
          <span className="soft">
            {part < 1
              ? `${Math.floor(part * 100)}% of ${formatBytes(file.size)}`
              : 'It is there, and is checked …'}
          </span>
          <button type="button" className="small danger" onClick={() => upload.current?.cancel()}>
            Cancel
          </button>
        </div>
      )}
      <p role="status" className="soft">
        {sent && `${sent.name} is there, ${formatBytes(sent.bytes)}.`}
      </p>
      {error && file ? (
        <div id={`${name}-problem`}>
          <Problem error={error} onRetry={() => start(file)} />
        </div>
      ) : (
        <FieldProblem name={name} problem={problem} />
      )}
    </div>
  );
}
