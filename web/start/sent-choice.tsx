/** @file A file that was sent before, now or by another program: found by its name. */
import { useState } from 'react';
import type { DataFile } from '#protocol';
import { useSentFiles } from '../api/start.ts';
import { Problem } from '../frame/notes.tsx';
import { type Choice, SearchChoice } from '../look/search-choice.tsx';
import { formatBytes } from '../words/bytes.ts';
import { formatDay } from '../words/times.ts';
import { describedBy, FieldProblem } from './field-input.tsx';

interface Props {
  /** of its field */
  readonly name: string;
  readonly problem: string | null;
  readonly onPath: (path: string) => void;
}

export function SentChoice({ name, problem, onPath }: Props) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<Choice | null>(null);
  const sent = useSentFiles(search);
  const { data: files = [], error, isPending, isPlaceholderData, refetch } = sent;
  const none = search === '' ? 'Nobody has sent one.' : `None has “${search}” in its name.`;
  return (
    <div className="field">
      <label htmlFor={name}>File that was sent</label>
      <SearchChoice
        id={name}
        placeholder="Its name, or a part"
        chosen={chosen}
        found={files.map(choiceOf)}
        isOld={isPlaceholderData}
        status={isPending ? 'They are looked for …' : files.length === 0 ? none : null}
        isInvalid={problem !== null}
        describedBy={describedBy(name, { help: true, problem })}
        onSearch={setSearch}
        onChoose={(choice) => {
          setChosen(choice);
          onPath(choice.value);
        }}
      />
      <small id={`${name}-help`} className="soft">
        The newest are listed; any is found by its name.
      </small>
      <FieldProblem name={name} problem={problem} />
      {error && <Problem error={error} onRetry={refetch} />}
    </div>
  );
}

function choiceOf({ path, name, bytes, sentAt }: DataFile): Choice {
  return { value: path, label: `${name}, ${formatBytes(bytes)}, ${formatDay(sentAt)}` };
}
