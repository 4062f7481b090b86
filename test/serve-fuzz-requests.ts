/**
 * @file Requests for fuzzing, made from an operation of the API's own document: valid, nearly so, and hostile. What is
 * only known when one is sent stands for it: KNOWN7 for the id of a run that is there, TOKEN for the caller's token.
 */
import * as fc from 'fast-check';
import { type Scope, SCOPES } from '#protocol';
import type { Operation } from './serve-fuzz-operations.ts';
import { hostileText, hostileValue, nearly, valid } from './serve-fuzz-values.ts';

export interface Draft {
  readonly who: 'nobody' | 'wrong' | Scope;
  readonly way: 'bearer' | 'homeiq';
  readonly method: string;
  readonly target: string;
  /** whether the target may lead to another route than the operation's */
  readonly astray: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
}

export function draftOf(operation: Operation, secrets: readonly string[]): fc.Arbitrary<Draft> {
  const text = hostileText(secrets);
  const { method } = operation;
  return fc
    .record({
      who: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom('nobody' as const, 'wrong' as const) },
        { weight: 5, arbitrary: fc.constantFrom(...SCOPES) },
      ),
      way: fc.constantFrom('bearer' as const, 'homeiq' as const),
      method: often(
        fc.constant(method),
        fc.constantFrom('PUT', 'PATCH', 'OPTIONS', 'PROPFIND'),
        30,
      ),
      path: pathOf(operation, text),
      query: queryOf(operation, text),
      headers: headersOf(text),
      type: fc.constantFrom(...TYPES),
      body: bodyOf(operation, text),
    })
    .map(({ path, query, type, headers, body, ...rest }) => ({
      ...rest,
      target: `${path.text}${query}`,
      astray: path.astray || rest.method !== method,
      // Whoever announces chunks and sends none is waited for.
      headers:
        body === null
          ? headers.filter(([name]) => name !== 'Transfer-Encoding')
          : [...headers, ['Content-Type', body.type ?? type] as const],
      body: body?.text ?? null,
    }));
}

/** Once in so many it is the other. */
function often<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, times: number): fc.Arbitrary<T> {
  return fc.oneof({ weight: times, arbitrary: usual }, { weight: 1, arbitrary: other });
}

interface Path {
  readonly text: string;
  readonly astray: boolean;
}

function pathOf({ path, parameters }: Operation, text: fc.Arbitrary<string>): fc.Arbitrary<Path> {
  const known = fc.nat(1000).map((n) => ({ text: `KNOWN${n}`, astray: false }));
  const token = fc.constant({ text: 'TOKEN', astray: false });
  const escaped = text.map((value) => ({ text: encoded(value), astray: /^\.{0,2}$/.test(value) }));
  const raw = text.map((value) => ({ text: value, astray: true }));
  const holes = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const schema =
      parameters.find((each) => each.in === 'path' && each.name === name)?.schema ?? {};
    const right = valid(schema, name).map((value) => escapedPath(String(value)));
    return fc.oneof(
      { weight: 8, arbitrary: schema.type === 'integer' ? known : right },
      { weight: 2, arbitrary: right },
      { weight: 4, arbitrary: escaped },
      { weight: 2, arbitrary: raw },
      { weight: 1, arbitrary: token },
    );
  });
  return fc.tuple(...holes).map((values) => {
    const rest = [...values];
    const filled = path.replaceAll(/\{\w+\}/g, () => rest.shift()?.text ?? '');
    return { text: filled, astray: values.some(({ astray }) => astray) };
  });
}

function escapedPath(value: string): Path {
  return { text: encoded(value), astray: /^\.{0,2}$/.test(value) };
}

/** Also what encodeURIComponent refuses. */
function encoded(text: string): string {
  const bytes = [...Buffer.from(text)];
  return bytes
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function queryOf({ parameters }: Operation, text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pairs = parameters
    .filter((each) => each.in === 'query')
    .map(({ name, schema, required }) => {
      const right = valid(schema, name).map((value) => [`${name}=${encoded(String(value))}`]);
      const wrong = text.map((value) => [`${name}=${encoded(value)}`]);
      const twice = fc.tuple(right, wrong).map((both) => both.flat());
      const none = fc.constant<string[]>([]);
      return fc.oneof(
        { weight: required ? 1 : 6, arbitrary: none },
        { weight: 6, arbitrary: right },
        { weight: 5, arbitrary: wrong },
        { weight: 1, arbitrary: twice },
      );
    });
  const more = often(
    fc.constant(''),
    fc.constantFrom(
      'token=TOKEN',
      'api_key=TOKEN',
      '__proto__=1',
      '__proto__[a]=1',
      '%',
      'a=%zz',
      '&&=&',
    ),
    8,
  );
  return fc.tuple(fc.tuple(...pairs), more).map(([some, extra]) => {
    const all = [...some.flat(), ...(extra === '' ? [] : [extra])].join('&');
    return all === '' ? '' : `?${all}`;
  });
}

const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'application/xml',
  '/',
  '',
] as const;

function headersOf(text: fc.Arbitrary<string>): fc.Arbitrary<Draft['headers']> {
  const header = fc.oneof(
    fc.tuple(fc.constant('Last-Event-ID'), fc.oneof(text, fc.nat(100).map(String))),
    fc.tuple(fc.constant('Range'), fc.constantFrom(...RANGES)),
    fc.tuple(fc.constantFrom('If-Range', 'Cookie', 'X-Forwarded-For', 'Origin', 'Accept'), text),
    fc.constantFrom(
      ['X-HTTP-Method-Override', 'DELETE'] as const,
      ['Content-Encoding', 'gzip'] as const,
      ['Transfer-Encoding', 'chunked'] as const,
      ['Content-Length', '-1'] as const,
      ['Upgrade', 'websocket'] as const,
      ['X-Long', 'A'.repeat(20_000)] as const,
    ),
  );
  return often<Draft['headers']>(
    fc.constant([]),
    fc.array(header, { minLength: 1, maxLength: 3 }),
    2,
  );
}

const RANGES = [
  'bytes=0-',
  'bytes=-1',
  'bytes=5-1',
  'bytes=0-0,2-3',
  'bytes=99999999999999999999-',
  'x=1',
];

interface Body {
  /** null for any */
  readonly type: string | null;
  readonly text: string;
}

function bodyOf({ body }: Operation, text: fc.Arbitrary<string>): fc.Arbitrary<Body | null> {
  const broken = fc.constantFrom(...BROKEN).map((each) => ({ type: null, text: each }));
  if (!body) return often(fc.constant(null), broken, 10);
  const right = valid(body.schema);
  const hostile = hostileValue(text);
  const written = (value: unknown): Body =>
    body.type.startsWith('multipart/')
      ? { type: `${body.type}; boundary=x`, text: multipart(value) }
      : { type: null, text: JSON.stringify(value) };
  return fc.oneof(
    { weight: 5, arbitrary: right.map(written) },
    { weight: 6, arbitrary: nearly(right, hostile).map(written) },
    { weight: 2, arbitrary: hostile.map(written) },
    { weight: 3, arbitrary: broken },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

function multipart(value: unknown): string {
  const parts = Object.entries(Object(value)).map(([name, each]) => {
    const file = name === 'file' ? '; filename="../../secret/a.jsonl"' : '';
    return `--x\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${String(each)}\r\n`;
  });
  return `${parts.join('')}--x--\r\n`;
}

const DEEP = 50_000;
const BROKEN: readonly string[] = [
  '',
  '{',
  '[1,',
  '{"a":1}}',
  'nul',
  '\0',
  '\u{FEFF}{}',
  '{"max_samples":1,"max_samples":"x"}',
  '[]',
  '"text"',
  '12',
  'null',
  '['.repeat(DEEP),
  '['.repeat(DEEP) + ']'.repeat(DEEP),
  `{"max_samples":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
  `{"name":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
  `{"query":"${'x'.repeat(900_000)}"}`,
  'x'.repeat(2 ** 20 + 1),
  '--x\r\nContent-Disposition: form-data; name="file"; filename="../../x"\r\n\r\nno end',
  '--y\r\n\r\n--y--',
  'a=1&b=2',
];
