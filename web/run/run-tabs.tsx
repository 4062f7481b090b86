/** @file Below the charts: why it ended, what it printed, what happened, what it has left. */
import { Tabs } from '@base-ui/react/tabs';
import type { ServiceEvent, ServiceRun } from '#protocol';
import { Artifacts } from './artifacts.tsx';
import { EventList } from './event-list.tsx';
import { LogView } from './log-view.tsx';
import { Order } from './order.tsx';
import { Why } from './why.tsx';

interface Props {
  readonly run: ServiceRun;
  readonly events: readonly ServiceEvent[];
}

export function RunTabs({ run, events }: Props) {
  const isBad = run.status === 'failed' || run.attempts.length > 1;
  return (
    <Tabs.Root defaultValue={isBad ? 'why' : 'log'} className="panel run-tabs">
      <Tabs.List aria-label="More of this run" className="tab-list">
        <Tabs.Tab value="why">Evidence and solutions</Tabs.Tab>
        <Tabs.Tab value="log">Log</Tabs.Tab>
        <Tabs.Tab value="events">Events</Tabs.Tab>
        <Tabs.Tab value="files">Files</Tabs.Tab>
        <Tabs.Tab value="order">What was asked</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="why">
        <Why run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <LogView run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="events">
        <EventList events={events} />
      </Tabs.Panel>
      <Tabs.Panel value="files">
        <Artifacts run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="order">
        <Order run={run} />
      </Tabs.Panel>
    </Tabs.Root>
  );
}
