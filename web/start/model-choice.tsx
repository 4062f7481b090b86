/** @file The model to start from: one that the service has, or another by its name. */
import { useModels } from '../api/machine.ts';
import { Problem } from '../frame/notes.tsx';
import { FieldInput } from './field-input.tsx';
import type { FillIn, ProblemOf } from './form.ts';
import { type Filled, isOtherModel } from './order.ts';

const OTHER = 'other';

interface Props {
  readonly filled: Filled;
  readonly fillIn: FillIn;
  readonly problemOf: ProblemOf;
}

export function ModelChoice({ filled, fillIn, problemOf }: Props) {
  const { data: models = [], error, refetch } = useModels();
  const isOther = isOtherModel(filled);
  // The first is the embedded one; an adapter cannot be trained from.
  const [embedded, ...bases] = models.map(({ id }) => id).filter((id) => !id.startsWith('ft:'));
  const choose = (value: string): void =>
    fillIn(
      value === OTHER
        ? { model_kind: 'other', base_model: '' }
        : { model_kind: '', base_model: value },
    );
  return (
    <>
      <div className="field">
        <label htmlFor="model">Model</label>
        <select
          id="model"
          value={isOther ? OTHER : (filled['base_model'] ?? '')}
          onChange={({ target }) => choose(target.value)}
        >
          <option value="">{embedded ?? 'plimsoll-mini'}</option>
          {bases.map((id) => (
            <option key={id}>{id}</option>
          ))}
          <option value={OTHER}>Another …</option>
        </select>
        {error && <Problem error={error} onRetry={refetch} />}
      </div>
      {isOther && (
        <FieldInput
          field={NAME}
          value={filled['base_model'] ?? ''}
          preset=""
          problem={problemOf('base_model')}
          onChange={(base_model) => fillIn({ base_model })}
        />
      )}
    </>
  );
}

const NAME = {
  name: 'base_model',
  label: 'Its name',
  help: 'a folder below the roots, or a name on the hub such as google/flan-t5-small',
  type: 'text',
} as const;
