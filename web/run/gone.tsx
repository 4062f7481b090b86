/** @file In place of a run: that it is no more, or never was. */
import { Link } from 'wouter';
import { Note } from '../frame/notes.tsx';

interface Props {
  readonly id: number;
  readonly wasHere: boolean;
}

export function Gone({ id, wasHere }: Props) {
  return (
    <div role="alert">
      <Note title={wasHere ? `Run ${id} was deleted` : `There is no run ${id}`}>
        <p>
          {wasHere
            ? 'Somebody has deleted it, with its folder, while it was shown here.'
            : 'It may have been deleted.'}{' '}
          <Link href="/">All runs</Link>
        </p>
      </Note>
    </div>
  );
}
