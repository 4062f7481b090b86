/** @file The first examples as the model gets them, and the count of what will be passed over. */
import type { DataPreview } from '#protocol';
import { formatNumber } from '../words/numbers.ts';
import { TableHead } from '../look/table-head.tsx';

interface Props {
  /** of whose examples these are */
  readonly name: string;
  readonly preview: DataPreview;
  readonly isOld: boolean;
}

export function Preview({ name, preview, isOld }: Props) {
  const { examples, read, skipped, first } = preview;
  const reasons = Object.entries(skipped).toSorted(([, a], [, b]) => b - a);
  const passedOver = reasons.reduce((sum, [, count]) => sum + count, 0);
  return (
    <div className={isOld ? 'preview renewing' : 'preview'}>
      <p role="status">
        <strong>{formatNumber(examples)} examples</strong> of {formatNumber(read)} records
        {passedOver > 0
          ? `; ${formatNumber(passedOver)} will be skipped`
          : '; none will be skipped'}
        .
      </p>
      {passedOver > 0 && (
        <details>
          <summary>Why they are skipped</summary>
          <ul>
            {reasons.map(([reason, count]) => (
              <li key={reason}>
                {formatNumber(count)}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <div
        className="preview-table"
        tabIndex={0}
        role="region"
        aria-label={`${name}: the first examples`}
      >
        <table>
          <caption>The first, as the model gets them</caption>
          <TableHead names={['Source', 'Target']} />
          <tbody>
            {first.map(({ source, target }, i) => (
              // oxlint-disable-next-line react/no-array-index-key -- examples may be alike, and only come together
              <tr key={i}>
                <Shown {...source} />
                <Shown {...target} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Shown({ text, tokens, cut }: DataPreview['first'][number]['source']) {
  return (
    <td>
      {text}
      {cut && ' …'}{' '}
      <span className="soft tokens">
        {tokens} tokens{cut && ', cut'}
      </span>
    </td>
  );
}
