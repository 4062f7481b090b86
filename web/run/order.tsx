/** @file What was asked for, as it was sent. */
import type { ServiceRun } from '#protocol';
import { Copy } from './copy.tsx';

export function Order({ run: { order, command } }: { readonly run: ServiceRun }) {
  const text = JSON.stringify(command ?? order, null, 2);
  return (
    <>
      <pre className="lines">{text}</pre>
      <Copy text={text} name="Copy" />
    </>
  );
}
