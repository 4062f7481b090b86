/** @file What a run printed: its end, followed while it goes on, searched, in its colours. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ServiceRun } from '#protocol';
import { answered } from '../api/request.ts';
import { RUNS } from '../api/runs.ts';
import { Problem } from '../frame/notes.tsx';
import { type Line, linesOf } from './ansi.ts';

/** Of the end; of what comes then so much is kept. */
const BYTES = 256 * 1024;
const MOST_CHARACTERS = 1_000_000;
const FOLLOW_MS = 1500;

export function LogView({ run }: { readonly run: ServiceRun }) {
  const last = run.attempts.at(-1)?.attempt;
  const [chosen, setChosen] = useState<number | null>(null);
  const attempt = chosen ?? last;
  const { text, error, again } = useLog(
    run.id,
    attempt,
    run.finishedAt === null && attempt === last,
  );
  const [search, setSearch] = useState('');
  const [follows, setFollows] = useState(true);
  const lines = useMemo(() => linesOf(text.replace(/\n$/, '')), [text]);
  const found = useMemo(() => {
    const wanted = search.toLowerCase();
    return wanted === '' ? lines : lines.filter((line) => line.text.toLowerCase().includes(wanted));
  }, [lines, search]);
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [found, follows]);
  return (
    <>
      <div className="row log-head">
        <input
          type="search"
          aria-label="Search the log"
          placeholder="Lines with …"
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
        {run.attempts.length > 1 && (
          <select
            aria-label="Attempt"
            value={attempt}
            onChange={({ target }) => setChosen(Number(target.value))}
          >
            {run.attempts.map((each) => (
              <option key={each.attempt} value={each.attempt}>
                attempt {each.attempt}
              </option>
            ))}
          </select>
        )}
        <label className="row">
          <input
            type="checkbox"
            checked={follows}
            onChange={({ target }) => setFollows(target.checked)}
          />
          Follow
        </label>
        <span className="soft" role="status">
          {search !== '' && `${found.length} of ${lines.length} lines`}
        </span>
        <a href={contentOf(run.id, attempt)} download>
          All of it
        </a>
      </div>
      {error && <Problem error={error} onRetry={again} />}
      <pre ref={box} className="lines log" tabIndex={0} aria-label="Log">
        {text === '' ? 'It has printed nothing.' : found.map(LogLine)}
      </pre>
    </>
  );
}

function contentOf(id: number, attempt: number | undefined): string {
  return `${RUNS}/${id}/artifacts/content?path=${encodeURIComponent(`attempt-${attempt ?? 1}/output.log`)}`;
}

function LogLine({ pieces }: Line, at: number) {
  return (
    <span key={at}>
      {pieces.map(({ text, style }, i) => (
        // oxlint-disable-next-line react/no-array-index-key -- a line's pieces never change places
        <span key={i} className={style}>
          {text}
        </span>
      ))}
      {'\n'}
    </span>
  );
}

function useLog(id: number, attempt: number | undefined, goesOn: boolean) {
  const [text, setText] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (attempt === undefined) return undefined;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let next: string | null = null;
    const read = async (): Promise<void> => {
      const query = new URLSearchParams({ attempt: String(attempt), bytes: String(BYTES) });
      if (next !== null) query.set('from', next);
      try {
        const response = await answered(`${RUNS}/${id}/log?${query}`, { signal: gone.signal });
        const more = await response.text();
        if (gone.signal.aborted) return;
        const isFirst = next === null;
        next = response.headers.get('log-next');
        if (isFirst) setText(more);
        else if (more !== '') setText((before) => (before + more).slice(-MOST_CHARACTERS));
        setError(null);
      } catch (failure) {
        if (gone.signal.aborted) return;
        setError(failure instanceof Error ? failure : null);
      }
      if (goesOn) timer = setTimeout(() => void read(), FOLLOW_MS);
    };
    void read();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [id, attempt, goesOn, round]);
  return { text, error, again: () => setRound(round + 1) };
}
