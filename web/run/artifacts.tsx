/** @file What a run has left: its files, to be downloaded. */
import { useQuery } from '@tanstack/react-query';
import type { ServiceRun } from '#protocol';
import { getJson } from '../api/request.ts';
import { RUNS } from '../api/runs.ts';
import { Problem } from '../frame/notes.tsx';
import { formatBytes } from '../words/bytes.ts';
import { formatDay } from '../words/times.ts';
import { TableHead } from '../look/table-head.tsx';

interface Artifact {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: string;
}

export function Artifacts({ run: { id, status, attempts } }: { readonly run: ServiceRun }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['artifacts', id, status, attempts.length],
    queryFn: async ({ signal }) => await getJson<Artifact[]>(`${RUNS}/${id}/artifacts`, signal),
  });
  if (error) return <Problem error={error} onRetry={refetch} />;
  if (!data) return <p className="soft">One moment …</p>;
  if (data.length === 0) return <p className="soft">Its folder is empty.</p>;
  return (
    <table className="plain">
      <caption className="unseen">Files</caption>
      <TableHead names={['File', 'Size', 'Written']} />
      <tbody>
        {data.map(({ path, bytes, modifiedAt }) => (
          <tr key={path}>
            <th scope="row">
              <a href={`${RUNS}/${id}/artifacts/content?path=${encodeURIComponent(path)}`} download>
                {path}
              </a>
            </th>
            <td>{formatBytes(bytes)}</td>
            <td>{formatDay(modifiedAt)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
