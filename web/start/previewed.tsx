/** @file What a run would read of the data of one use, as far as it is known. */
import { Problem } from '../frame/notes.tsx';
import { Preview } from './data-preview.tsx';
import type { useDataPreview } from './use-data-preview.ts';

interface Props {
  readonly name: string;
  readonly preview: ReturnType<typeof useDataPreview>;
  /** whether what is filled in has changed since it was asked for */
  readonly isChanging: boolean;
}

export function Previewed({ name, preview, isChanging }: Props) {
  const { isAsked, data, error, isBesideField, isFetching, isPending, refetch } = preview;
  if (!isAsked) return null;
  if (error) return isBesideField ? null : <Problem error={error} onRetry={refetch} />;
  if (isPending || !data) return <p className="soft">The data is read …</p>;
  return <Preview name={name} preview={data} isOld={isChanging || isFetching} />;
}
