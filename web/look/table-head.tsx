/** @file The head of a table: the names of its columns; over buttons one that is heard only. */

interface Props {
  readonly names: readonly string[];
  /** whether a column of buttons follows */
  readonly actions?: boolean;
}

export function TableHead({ names, actions = false }: Props) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
        {actions && (
          <th scope="col">
            <span className="unseen">What can be done</span>
          </th>
        )}
      </tr>
    </thead>
  );
}
