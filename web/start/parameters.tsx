/** @file The parameters: those that are changed most, and behind "More" the others. */
import { useState } from 'react';
import type { PlanOrder } from '#protocol';
import { FieldInput } from './field-input.tsx';
import { type Field, isOfMethod, MAIN, MORE, QUEUE } from './fields.ts';
import type { FillIn, ProblemOf } from './form.ts';
import { defaultText, type Filled, methodOf } from './order.ts';

interface Props {
  readonly filled: Filled;
  readonly fillIn: FillIn;
  readonly problemOf: ProblemOf;
  /** what is taken for those that are left alone */
  readonly presets: PlanOrder;
}

export function Parameters({ filled, fillIn, problemOf, presets }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const method = methodOf(filled);
  const more = [...MORE.filter((field) => isOfMethod(field, method)), ...QUEUE];
  const isMarked = more.some(({ name }) => problemOf(name) !== null);
  const input = (field: Field) => (
    <FieldInput
      key={field.name}
      field={field}
      value={filled[field.name] ?? ''}
      preset={defaultText(field.name, presets)}
      problem={problemOf(field.name)}
      onChange={(value) => fillIn({ [field.name]: value })}
    />
  );
  return (
    <fieldset className="panel">
      <legend>Parameters</legend>
      <div className="fields">{MAIN.map(input)}</div>
      <details
        open={isOpen || isMarked}
        onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
      >
        <summary>More</summary>
        <div className="fields">{more.map(input)}</div>
      </details>
    </fieldset>
  );
}
