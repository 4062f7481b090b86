/** @file A button that copies, and says that it has. */
import { useState } from 'react';

export function Copy({ text, name }: { readonly text: string; readonly name: string }) {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Not copied: the browser lets only pages from this machine, or by TLS, do so');
    }
    setTimeout(() => setSaid(''), 4000);
  };
  return (
    <span className="row copy">
      <button type="button" className="small" onClick={() => void copy()}>
        {name}
      </button>
      <span role="status" className="soft">
        {said}
      </span>
    </span>
  );
}
