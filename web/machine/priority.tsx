/** @file The priority of a run that waits: written anew, it is set when it is left, or by Enter. */
import { type FormEvent, useState } from 'react';
import type { ServiceRun } from '#protocol';
import { useRunAction } from '../api/runs.ts';
import { useMayRun } from '../api/session.tsx';
import { Problem } from '../frame/notes.tsx';

export function Priority({ run: { id, priority } }: { readonly run: ServiceRun }) {
  const act = useRunAction(id);
  const mayRun = useMayRun();
  const [text, setText] = useState(String(priority));
  const isSent = act.isPending || act.isSuccess;
  const set = (): void => {
    if (text.trim() === String(priority) || act.isPending) return;
    // What is no number goes as it is, and the service says what it expected.
    const wanted = text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    act.mutate({ action: 'priority', body: { priority: wanted } });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    set();
  };
  return (
    <form onSubmit={submit}>
      <input
        aria-label={`Priority of run ${id}`}
        aria-invalid={act.isError}
        aria-busy={isSent}
        className="priority"
        inputMode="numeric"
        autoComplete="off"
        maxLength={20}
        disabled={!mayRun}
        title={mayRun ? undefined : 'This needs a token with scope run'}
        value={text}
        onChange={({ target }) => {
          act.reset();
          setText(target.value);
        }}
        onBlur={set}
      />
      {act.error && <Problem error={act.error} />}
    </form>
  );
}
