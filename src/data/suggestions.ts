/** @file The suggestions that a service once made for a request, and which of them is the answer to learn. */
import { isObject } from './json-value.ts';

/** Why a row gives no target; the keys of the counts. */
export type SuggestionProblem =
  | 'suggestions are not JSON'
  | 'suggestions are not a list'
  | 'no suggestions'
  | 'no numeric confidence'
  | 'no description';

/**
 * The description of the suggestion with the highest confidence; of equals, the first.
 * `json` is a list such as `[{"description": "...", "confidence": 0.9}, ...]`.
 */
export function bestDescription(json: string): { text: string } | { problem: SuggestionProblem } {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return { problem: 'suggestions are not JSON' }; // counted, as every row of no use is
  }
  if (!Array.isArray(list)) return { problem: 'suggestions are not a list' };
  if (list.length === 0) return { problem: 'no suggestions' };
  let best: Record<string, unknown> | undefined;
  let highest = -Infinity;
  for (const entry of list as readonly unknown[]) {
    if (!isObject(entry)) continue;
    const confidence = entry['confidence'];
    if (typeof confidence !== 'number' || confidence <= highest) continue;
    best = entry;
    highest = confidence;
  }
  if (!best) return { problem: 'no numeric confidence' };
  const text = best['description'];
  if (typeof text !== 'string' || text.trim() === '') return { problem: 'no description' };
  return { text: text.trim() };
}
