/** @file From what was filled in to the orders that are sent. What was left alone is left out. Pure. */
import type { OrderDefaults, PlanOrder } from '#protocol';
import type { Order } from '../api/start.ts';
import {
  type Field,
  HELD_OUT,
  isOfMethod,
  MAIN,
  type Method,
  METHODS,
  MORE,
  QUEUE,
} from './fields.ts';

/** The text of each field that was changed; and which kind of model and of data was chosen, which no order has. */
export type Filled = Readonly<Record<string, string>>;

/** Data has one of two uses, and each has fields of its own in the form. */
export type DataUse = (typeof DATA_USES)[number];
export const DATA_USES = [
  { kind: 'data_kind', data: 'data', query: 'query', file: 'file' },
  { kind: 'valid_kind', data: 'valid_data', query: 'valid_query', file: 'valid_file' },
] as const;
export const [TRAINED, EVALUATED] = DATA_USES;

/** A model and data are named by these; empty for the embedded base and the bundled examples. */
const NAMED = ['base_model', ...DATA_USES.flatMap(({ data, query }) => [data, query])];

export function planOrderOf(filled: Filled): Order {
  const method = methodOf(filled);
  const texts = [...NAMED, 'method'].map((name) => [name, filled[name] ?? '']);
  const fields = [...MAIN, ...MORE].filter((field) => isOfMethod(field, method));
  // What is held out is a part of the data, or data of its own.
  if (dataKindOf(filled, EVALUATED) === 'preset') fields.push(HELD_OUT);
  return withoutEmpty([...texts, ...fields.map((field) => [field.name, valueOf(field, filled)])]);
}

export function queueOrderOf(filled: Filled): Order {
  return withoutEmpty(QUEUE.map((field) => [field.name, valueOf(field, filled)]));
}

/** What data is read, and how far: nothing else changes what a preview shows. What is evaluated on is read as a whole. */
export function previewOrderOf(filled: Filled, use: DataUse): Order {
  const { base_model, max_samples, source_max_tokens, target_max_tokens, ...order } =
    planOrderOf(filled);
  const { [use.data]: data, [use.query]: query } = order;
  const read = { base_model, data, query, source_max_tokens, target_max_tokens };
  const asked = { ...read, max_samples: use === EVALUATED ? 'all' : max_samples };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

export function methodOf({ method }: Filled): Method {
  return METHODS.find(({ name }) => name === method)?.name ?? 'lora';
}

/** preset: no file is named; file: one that is sent now; sent: one that was sent before. */
export const DATA_KINDS = ['preset', 'file', 'sent', 'path'] as const;
export type DataKind = (typeof DATA_KINDS)[number];

export function dataKindOf(filled: Filled, use: DataUse): DataKind {
  return DATA_KINDS.find((each) => each === filled[use.kind]) ?? 'preset';
}

/** Whether it is named in a field of its own. */
export function isOtherModel({ model_kind: kind }: Filled): boolean {
  return kind === 'other';
}

export interface Missing {
  /** of the form */
  readonly field: string;
  readonly message: string;
}

/** What was chosen to be named and is not: left out, something else would be trained. */
export function missingIn(filled: Filled): Missing | null {
  return missingModel(filled) ?? missingData(filled, TRAINED) ?? missingData(filled, EVALUATED);
}

/** Whether it is told as a whole what is to be read. */
export function isNamed(filled: Filled, use: DataUse): boolean {
  return (missingModel(filled) ?? missingData(filled, use)) === null;
}

function missingModel(filled: Filled): Missing | null {
  return isOtherModel(filled) && isEmpty(filled, 'base_model')
    ? { field: 'base_model', message: 'expected the name of a model, got none' }
    : null;
}

function missingData(filled: Filled, use: DataUse): Missing | null {
  const kind = dataKindOf(filled, use);
  if (kind === 'preset' || !isEmpty(filled, use.data)) return null;
  const expected = kind === 'path' ? 'the path of a file' : 'a file that was sent';
  const field = kind === 'file' ? use.file : use.data;
  return { field, message: `expected ${expected}, got none` };
}

function isEmpty(filled: Filled, name: string): boolean {
  return (filled[name] ?? '').trim() === '';
}

/** What is trained where neither a model nor data is named has defaults of its own. */
export function defaultsFor(filled: Filled, { bundled, named }: OrderDefaults): PlanOrder {
  const isModelNamed = isOtherModel(filled) || !isEmpty(filled, 'base_model');
  return isModelNamed || dataKindOf(filled, TRAINED) !== 'preset' ? named : bundled;
}

/** As a field shows it; empty where there is none. */
export function defaultText(name: string, defaults: PlanOrder): string {
  const value: unknown = Reflect.get(defaults, name);
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function valueOf({ name, type }: Field, filled: Filled): unknown {
  const text = (filled[name] ?? '').trim();
  // What is no number goes as it is, and the service says what it expected.
  return type === 'number' && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function withoutEmpty(entries: readonly (readonly unknown[])[]): Order {
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}
