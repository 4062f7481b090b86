/** @file OpenAI's chat format -> one example: the last answer of the assistant, and all that led to it. */
import type { Example, Problem } from './example.ts';
import { isObject, kindOf } from './json-value.ts';

/**
 * Source: what was said before the last assistant turn. Target: the content of that turn. Turns after it are left
 * out: nothing answers them.
 */
export function conversation(messages: unknown): Example | Problem {
  if (!Array.isArray(messages))
    return { expected: "a list in 'messages'", found: kindOf(messages) };
  const turns: readonly unknown[] = messages;
  const last = turns.findLastIndex((turn) => isObject(turn) && turn['role'] === 'assistant');
  if (last < 0)
    return { expected: "a turn of the role 'assistant' in 'messages'", found: rolesOf(turns) };
  const contents: string[] = [];
  for (const [i, turn] of turns.slice(0, last + 1).entries()) {
    const content = contentOf(turn);
    if (content === undefined)
      return {
        expected: `a role and a text content in turn ${i + 1} of 'messages'`,
        found: isObject(turn) ? `the content ${kindOf(turn['content'])}` : kindOf(turn),
      };
    contents.push(content);
  }
  const target = contents.pop() ?? '';
  return { source: sourceOf(contents), target };
}

/**
 * What turns say, as a model is asked it: their contents in order, joined by line breaks, without blank ones; no role
 * names and no template, which the models trained here would have to learn first.
 */
export function sourceOf(contents: readonly string[]): string {
  return contents.filter((content) => content.trim() !== '').join('\n');
}

/** A content is a text or a list of parts `{type: 'text', text}`. */
function contentOf(turn: unknown): string | undefined {
  if (!isObject(turn) || typeof turn['role'] !== 'string') return undefined;
  const content = turn['content'];
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = content.map((part: unknown) =>
    isObject(part) && part['type'] === 'text' ? part['text'] : undefined,
  );
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}

function rolesOf(turns: readonly unknown[]): string {
  const roles = turns.map((turn) => (isObject(turn) ? String(turn['role']) : kindOf(turn)));
  return roles.length > 0 ? `the roles ${roles.slice(0, 5).join(', ')}` : 'an empty list';
}
