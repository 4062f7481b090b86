/** @file A run's status as a badge. */
import type { RunStatus } from '#protocol';
import { STATUS_WORDS } from '../words/verdicts.ts';
import './status-badge.css';

export function StatusBadge({ status }: { readonly status: RunStatus }) {
  return <span className={`badge ${status}`}>{STATUS_WORDS[status]}</span>;
}
