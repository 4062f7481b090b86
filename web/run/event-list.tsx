/** @file What happened, the newest first; steps are in the charts. */
import { useState } from 'react';
import type { ServiceEvent } from '#protocol';
import { formatClock } from '../words/times.ts';
import { eventWords } from './event-words.ts';
import { TableHead } from '../look/table-head.tsx';

/** So many at first, and more each time. */
const PAGE = 100;

export function EventList({ events }: { readonly events: readonly ServiceEvent[] }) {
  const [shown, setShown] = useState(PAGE);
  if (events.length === 0) return <p className="soft">Nothing has happened yet.</p>;
  return (
    <>
      <table className="plain events">
        <caption className="unseen">Events, the newest first</caption>
        <TableHead names={['Time', 'Event', 'What']} />
        <tbody>
          {events
            .slice(-shown)
            .toReversed()
            .map((event) => (
              <tr key={event.seq}>
                <td className="mono">
                  <time dateTime={event.time}>{formatClock(event.time)}</time>
                </td>
                <th scope="row">{event.type}</th>
                <td>{eventWords(event)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {events.length > shown && (
        <button type="button" onClick={() => setShown(shown + PAGE)}>
          Earlier ones
        </button>
      )}
    </>
  );
}
