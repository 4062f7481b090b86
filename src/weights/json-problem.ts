/**
 * @file Where a text stops being JSON.
 *
 * JSON.parse of Node 20 often names the character and not the place; a person with an editor needs
 * the line and the column. Runs only after JSON.parse has failed.
 */

export interface JsonProblem {
  /** From 1. */
  readonly line: number;
  /** In UTF-16 units, from 1. */
  readonly column: number;
  readonly expected: string;
  readonly found: string;
}

/** The first problem of `text`, or undefined if it is JSON. */
export function jsonProblem(text: string): JsonProblem | undefined {
  const open: ('{' | '[')[] = [];
  let state: State = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    const [whole = '', mark, string, other] = token ?? [];
    const kind =
      mark ?? (string === undefined ? (other === undefined ? 'none' : 'scalar') : 'string');
    const next = step(state, kind, open);
    if (next === undefined) return problemAt(text, skipSpace(text, at), EXPECTED[state]);
    if (next === 'done') return undefined;
    state = next;
    at += whole.length;
  }
}

/** A token and the white space before it: a mark, a string, a number or word, or the end. */
const TOKEN =
  // eslint-disable-next-line no-control-regex -- JSON forbids control characters in strings
  /[ \t\n\r]*(?:([{}[\],:]|$)|("[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** What may come next, and how it is called in a message. */
const EXPECTED = {
  value: 'a value',
  'value or ]': "a value or ']'",
  'key or }': "a name in double quotes or '}'",
  key: 'a name in double quotes',
  colon: "':'",
  'comma or }': "',' or '}'",
  'comma or ]': "',' or ']'",
  end: 'the end',
} as const;
type State = keyof typeof EXPECTED;

/** The state after a token of `kind`; undefined if it may not stand here. Keeps `open` in step. */
function step(state: State, kind: string, open: ('{' | '[')[]): State | 'done' | undefined {
  const closes = (mark: string): boolean => kind === mark && state.endsWith(mark);
  if (state === 'end') return kind === '' ? 'done' : undefined;
  if (closes('}') || closes(']')) {
    open.pop();
    return after(open);
  }
  if (state === 'value' || state === 'value or ]') {
    if (kind === 'string' || kind === 'scalar') return after(open);
    if (kind === '{' || kind === '[') open.push(kind);
    return kind === '{' ? 'key or }' : kind === '[' ? 'value or ]' : undefined;
  }
  if (state === 'key' || state === 'key or }') return kind === 'string' ? 'colon' : undefined;
  if (state === 'colon') return kind === ':' ? 'value' : undefined;
  if (kind !== ',') return undefined;
  return state === 'comma or }' ? 'key' : 'value';
}

/** The state after a whole value. */
function after(open: readonly ('{' | '[')[]): State {
  const innermost = open.at(-1);
  return innermost === undefined ? 'end' : innermost === '{' ? 'comma or }' : 'comma or ]';
}

function skipSpace(text: string, at: number): number {
  while (' \t\n\r'.includes(text[at] ?? 'x')) at++;
  return at;
}

function problemAt(text: string, at: number, expected: string): JsonProblem {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const rest = text.slice(at, at + 20).split('\n')[0] ?? '';
  return { line, column, expected, found: at >= text.length ? 'the end' : JSON.stringify(rest) };
}
