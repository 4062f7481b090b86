/**
 * @file One of many, found by typing: what is typed is searched elsewhere, by the service, and a list has what it found.
 * By hand after the combobox of w3.org/WAI/ARIA/apg: that of the library weighs as much as half of all pages.
 */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import './search-choice.css';
import { useSettled } from './use-settled.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface Props {
  /** of its field, where a label stands beside it */
  readonly id?: string;
  /** read out where none does */
  readonly name?: string;
  readonly placeholder: string;
  readonly chosen: Choice | null;
  readonly found: readonly Choice[];
  /** whether they are of a search before the newest, whose answer is not there yet */
  readonly isOld: boolean;
  /** above them, or in their place: that they are looked for, that there are none */
  readonly status: string | null;
  readonly isInvalid?: boolean;
  readonly describedBy?: string | undefined;
  /** Told what is searched: empty for the newest. */
  readonly onSearch: (text: string) => void;
  readonly onChoose: (choice: Choice) => void;
}

/** So long nothing was typed before it is searched. */
const TYPED_MS = 250;

export function SearchChoice(props: Props) {
  const { id, name, placeholder, chosen, found, isOld, status } = props;
  const { isInvalid, describedBy, onSearch, onChoose } = props;
  /** what is typed; null while the list is closed, and what is chosen stands there */
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const listId = useId();
  const isOpen = typed !== null;
  const settled = useSettled((typed ?? '').trim(), TYPED_MS);
  const isFound = settled === (typed ?? '').trim() && !isOld;
  useEffect(() => onSearch(settled), [settled, onSearch]);
  useEffect(() => setAt(0), [found.length, settled]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  const open = (text = ''): void => setTyped(text);
  const close = (): void => setTyped(null);
  const choose = (choice: Choice): void => {
    close();
    onChoose(choice);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key } = event;
    if (!isOpen) {
      if (key !== 'ArrowDown' && key !== 'ArrowUp') return;
      open();
    } else if (key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
    else if (key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (key === 'Escape') close();
    else if (key === 'Enter') {
      const choice = isFound ? found[at] : undefined; // else it is not what was typed
      if (choice) choose(choice);
    } else return;
    event.preventDefault(); // of a form, say, which would be sent
  };

  return (
    <div className="search-choice">
      <input
        id={id}
        role="combobox"
        aria-label={name}
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && found[at] ? `${listId}-${at}` : undefined}
        aria-invalid={isInvalid}
        aria-describedby={describedBy}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        placeholder={chosen && isOpen ? chosen.label : placeholder}
        value={typed ?? chosen?.label ?? ''}
        onClick={() => isOpen || open()}
        onChange={({ target }) => open(target.value)}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <div className="panel choices" hidden={!isOpen}>
        <p role="status" className="soft">
          {isOpen && status}
        </p>
        <ul
          ref={list}
          id={listId}
          role="listbox"
          aria-label="What was found"
          aria-busy={!isFound}
          className={isFound ? undefined : 'renewing'}
        >
          {found.map((choice, i) => (
            <li
              key={choice.value}
              id={`${listId}-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseDown={(event) => event.preventDefault()} // the field keeps the focus
              onClick={() => choose(choice)}
              onMouseMove={() => setAt(i)}
            >
              {choice.label}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
