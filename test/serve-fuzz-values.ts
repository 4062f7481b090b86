/** @file Values for fuzzing: as a JSON schema asks for them, nearly so, and such as nobody honest sends. */
import * as fc from 'fast-check';

/** As much of JSON Schema as the API's own document has. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What exists for the service under test, so that some calls get as far as their handlers. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  base_model: ['plimsoll-mini'],
  data: ['examples.jsonl'],
  valid_data: ['examples.jsonl'],
  path: ['output.log', 'adapter/weights.bin'],
  name: ['nightly', 'weekly', 'monthly', 'yearly'],
  cron: ['30 3 29 2 *', '@yearly'],
  time_zone: ['UTC', 'Europe/Berlin'],
  file: ['{"prompt": "a", "completion": "b"}\n', '{}'],
  file_id: ['file-fuzz'],
  training_file: ['file-fuzz'],
  validation_file: ['file-fuzz'],
  fine_tuning_job_id: ['ftjob-fuzz'],
  model: ['plimsoll-mini', 'ft:plimsoll-mini:plimsoll::fuzz'],
};

/** As `schema` asks, under the name `name`. */
export function valid(schema: JsonSchema, name = ''): fc.Arbitrary<unknown> {
  const { anyOf, enum: values, minimum = 0, maximum = 1000, pattern } = schema;
  const meant = MEANT[name];
  if (anyOf) return fc.oneof(...anyOf.map((each) => valid(each, name)));
  if ('const' in schema) return fc.constant(schema.const);
  if (values) return fc.constantFrom(...values);
  switch (schema.type) {
    case 'object':
      return validObject(schema);
    case 'array':
      return fc.array(valid(schema.items ?? {}, name), { minLength: 1, maxLength: 3 });
    case 'integer':
      return fc.integer({ min: Math.max(minimum, -1000), max: Math.min(maximum, 1000) });
    case 'number':
      return fc.double({ min: Math.max(minimum, 0.001), max: Math.min(maximum, 0.9), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      if (meant) return fc.constantFrom(...meant);
      return pattern === undefined
        ? fc.string({ minLength: Math.max(schema.minLength ?? 0, 1), maxLength: 20 })
        : fc.stringMatching(new RegExp(pattern), { maxLength: 30 });
    case undefined:
    default:
      return fc.jsonValue();
  }
}

/** Of what may be left out, little is there: each field can be refused for another's sake. */
const RARELY = 4;

function validObject({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const value = valid(schema, name);
    const isNeeded = required.includes(name) && !('default' in schema);
    return fc
      .option(value, { nil: undefined, freq: isNeeded ? 1e6 : 1 })
      .chain((some) => fc.nat(RARELY).map((n) => (isNeeded || n === 0 ? some : undefined)))
      .map((some) => [name, some] as const);
  });
  return fc
    .tuple(...fields)
    .map((all) => Object.fromEntries(all.filter(([, one]) => one !== undefined)));
}

/** @param secrets paths of files that no answer may tell of */
export function hostileText(secrets: readonly string[]): fc.Arbitrary<string> {
  const paths = secrets.flatMap((secret) => [
    secret,
    `../../..${secret}`,
    `..%2f..%2f..%2f..%2f${secret}`,
    `examples.jsonl\0${secret}`,
    `file://${secret}`,
    `--output-dir=${secret}`,
  ]);
  const outside = fc.constantFrom(...paths, ...OUTSIDE);
  const known = fc.constantFrom(...HOSTILE);
  const long = fc.integer({ min: 1000, max: 70_000 }).map((n) => 'A'.repeat(n));
  return fc.oneof(
    { weight: 5, arbitrary: outside },
    { weight: 4, arbitrary: known },
    { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 400, size: 'max' }) },
    { weight: 1, arbitrary: long },
  );
}

/** From a run's folder, from a root, and by links that lie there. */
const OUTSIDE: readonly string[] = [
  '../secret/canary.txt',
  '../../secret/canary.txt',
  '../../../secret/canary.txt',
  'link/canary.txt',
  'link-to-canary',
];

const HOSTILE: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '..\\..\\secret\\canary.txt',
  '....//....//secret/canary.txt',
  '%2e%2e%2fsecret%2fcanary.txt',
  '%252e%252e%252fsecret%252fcanary.txt',
  '%c0%ae%c0%ae%c0%afsecret',
  '/proc/self/environ',
  '/proc/self/fd/2',
  '/dev/zero',
  '/etc/passwd\0',
  '\0',
  'a\r\nX-Injected: yes\r\n\r\n',
  '$(touch canary)',
  '; touch canary;',
  "' OR 1=1; DROP TABLE runs; --",
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '1e999',
  '-0',
  'NaN',
  'Infinity',
  '0x10',
  '9007199254740993',
  '99999999999999999999999999',
  '9223372036854775808',
  '1.5',
  '1 ',
  'null',
  'true',
  '[object Object]',
  '{}',
  '%',
  '%zz',
  '%ff%fe',
  '\u{202E}txt.exe',
  '\u{D800}',
  'İ'.repeat(100),
  '\u{1F4A9}'.repeat(300),
];

/** Of the wrong kind, too large, too deep, or named after what every object has. */
export function hostileValue(text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const numbers = fc.constantFrom(-1, 0, -0, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 63, 1e-320, 5e-324);
  const deep = fc.integer({ min: 10, max: 2000 }).map((depth) => {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
    return value;
  });
  const wide = fc.constant(Array.from({ length: 5000 }, (_, i) => i));
  const inherited = fc
    .constantFrom('{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}')
    .map(parsed);
  return fc.oneof(
    text,
    numbers,
    fc.jsonValue(),
    deep,
    wide,
    inherited,
    fc.constantFrom(null, true, [], {}),
  );
}

/** JSON.parse makes a field of its own of `__proto__`, which a literal does not. */
function parsed(text: string): unknown {
  return JSON.parse(text);
}

/** `value` with one field left out, added, or made into something else. */
export function nearly(
  value: fc.Arbitrary<unknown>,
  hostile: fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const names = fc.constantFrom(
    '__proto__',
    'constructor',
    'output_dir',
    'command',
    '',
    'priority',
  );
  return fc.tuple(value, hostile, fc.nat(), names).map(([whole, wrong, n, added]) => {
    const entries = Object.entries(Object(whole));
    const at = n % (entries.length + 1);
    const one = entries[at]?.[0] ?? added;
    const rest = entries.filter(([name]) => name !== one);
    return Object.fromEntries(n % 5 === 0 ? rest : [...rest, [one, wrong]]);
  });
}
