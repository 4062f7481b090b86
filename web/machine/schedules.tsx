/** @file Runs by the clock: when each is due, and what came of its last time. */
import { Link } from 'wouter';
import type { TrainingSchedule } from '#protocol';
import { useDeleteSchedule, useSchedules } from '../api/machine.ts';
import { useMayRun } from '../api/session.tsx';
import { Problem } from '../frame/notes.tsx';
import { Confirm } from '../run/confirm.tsx';
import { formatDay } from '../words/times.ts';
import { TableHead } from '../look/table-head.tsx';

export function Schedules() {
  const { data, error, refetch } = useSchedules();
  const removal = useDeleteSchedule();
  const mayRun = useMayRun();
  if (error && !data) return <Problem error={error} onRetry={refetch} />;
  if (!data) return <p className="soft">One moment …</p>;
  if (data.length === 0) {
    return (
      <p className="soft">
        There are none. <code>POST /api/v1/schedules</code> makes one.
      </p>
    );
  }
  return (
    <>
      <table>
        <caption className="unseen">Schedules</caption>
        <TableHead names={['Name', 'When', 'Due next', 'Last time']} actions />
        <tbody>
          {data.map((schedule) => (
            <tr key={schedule.id}>
              <th scope="row">{schedule.name}</th>
              <td>
                <code>{schedule.cron}</code> <span className="soft">{schedule.time_zone}</span>
              </td>
              <td data-name="Due next">{formatDay(schedule.nextAt)}</td>
              <td>
                <LastTime schedule={schedule} />
              </td>
              <td>
                <Confirm
                  name="Delete"
                  question={`Delete the schedule ${schedule.name}?`}
                  text="It asks for no more runs. Those that it has asked for stay."
                  disabled={!mayRun || removal.isPending}
                  onConfirm={() => removal.mutate(schedule.name)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {removal.error && <Problem error={removal.error} />}
    </>
  );
}

function LastTime({
  schedule: { lastAt, lastRun, lastProblem },
}: {
  readonly schedule: TrainingSchedule;
}) {
  if (lastAt === null) return 'not yet';
  return (
    <>
      {formatDay(lastAt)}
      {lastProblem !== null && <span className="soft"> no run: {lastProblem}</span>}
      {lastProblem === null && lastRun !== null && (
        <>
          {' '}
          <Link href={`/runs/${lastRun}`}>run {lastRun}</Link>
        </>
      )}
    </>
  );
}
