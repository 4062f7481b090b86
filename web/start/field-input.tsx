/** @file One field: its name, what it means, what was filled in or else is preset, and what is wrong with it. */
import type { Field } from './fields.ts';

interface Props {
  readonly field: Field;
  readonly value: string;
  /** what is taken where it is left alone */
  readonly preset: string;
  readonly problem: string | null;
  readonly onChange: (value: string) => void;
}

export function FieldInput({ field, value, preset, problem, onChange }: Props) {
  const { name, label, help, options, type, whenEmpty } = field;
  const common = {
    id: name,
    name,
    'aria-invalid': problem !== null,
    'aria-describedby': describedBy(name, { help: help !== undefined, problem }),
  };
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      {options ? (
        <select
          {...common}
          value={value === '' ? preset : value}
          onChange={({ target }) => onChange(target.value)}
        >
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type="text"
          inputMode={type === 'number' ? 'decimal' : 'text'}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          placeholder={preset === '' ? whenEmpty : preset}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
      {help !== undefined && (
        <small id={`${name}-help`} className="soft">
          {help}
        </small>
      )}
      <FieldProblem name={name} problem={problem} />
    </div>
  );
}

/** Ids of what is read with a field. */
export function describedBy(
  name: string,
  { help, problem }: { readonly help: boolean; readonly problem: string | null },
): string | undefined {
  const ids = [help && `${name}-help`, problem !== null && `${name}-problem`].filter(Boolean);
  return ids.length > 0 ? ids.join(' ') : undefined;
}

export function FieldProblem(props: { readonly name: string; readonly problem: string | null }) {
  const { name, problem } = props;
  if (problem === null) return null;
  return (
    <small id={`${name}-problem`} role="alert" className="field-problem">
      {problem}
    </small>
  );
}
