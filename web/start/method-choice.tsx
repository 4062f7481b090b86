/** @file How much of the model is trained. */
import { METHODS } from './fields.ts';
import type { FillIn } from './form.ts';
import { type Filled, methodOf } from './order.ts';

interface Props {
  readonly filled: Filled;
  readonly fillIn: FillIn;
}

export function MethodChoice({ filled, fillIn }: Props) {
  return (
    <div className="field">
      <label htmlFor="method">Method</label>
      <select
        id="method"
        value={methodOf(filled)}
        onChange={({ target }) => fillIn({ method: target.value })}
      >
        {METHODS.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
