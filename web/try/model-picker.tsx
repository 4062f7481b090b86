/** @file Which model is tried: those that runs have made, then bases. */
import type { OpenAiModel } from '#protocol';
import { formatDay } from '../words/times.ts';
import { tunedModel } from './model-ids.ts';
import type { Choice } from './use-choice.ts';

interface Props {
  readonly choice: Choice;
  readonly onChoose: (model: string) => void;
}

export function ModelPicker({ choice: { models, model }, onChoose }: Props) {
  const tuned = models.filter(({ id }) => tunedModel(id));
  const bases = models.filter(({ id }) => !tunedModel(id));
  return (
    <select
      aria-label="Model"
      className="model-picker"
      value={model}
      onChange={({ target }) => onChoose(target.value)}
    >
      {tuned.length > 0 && (
        <optgroup label="Tuned, beside its base">
          {tuned.map((each) => (
            <option key={each.id} value={each.id}>
              {tunedName(each)}
            </option>
          ))}
        </optgroup>
      )}
      <optgroup label="Bases, alone">
        {bases.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </optgroup>
    </select>
  );
}

function tunedName({ id, created }: OpenAiModel): string {
  const tuned = tunedModel(id);
  const base = tuned?.base.split('/').at(-1) ?? id;
  const suffix = tuned?.suffix ? `, ${tuned.suffix}` : '';
  return `${base}${suffix}, ${formatDay(new Date(created * 1000).toISOString())} (${tuned?.run ?? id})`;
}
