/** @file From what was filled in to the orders that are sent. What was left alone is left out. Pure. */
import type { OrderDefaults, PlanOrder } from '#protocol';
import type { Order } from '../api/start.ts';
import { type Field, isOfMethod, MAIN, type Method, METHODS, MORE, QUEUE } from './fields.ts';

/** The text of each field that was changed; and which kind of model and of data was chosen, which no order has. */
export type Filled = Readonly<Record<string, string>>;

/** A model and data are named by these; empty for the embedded base and the bundled examples. */
const NAMED = ['base_model', 'data', 'query'];

export function planOrderOf(filled: Filled): Order {
  const method = methodOf(filled);
  const texts = [...NAMED, 'method'].map((name) => [name, filled[name] ?? '']);
  const fields = [...MAIN, ...MORE].filter((field) => isOfMethod(field, method));
  return withoutEmpty([...texts, ...fields.map((field) => [field.name, valueOf(field, filled)])]);
}

export function queueOrderOf(filled: Filled): Order {
  return withoutEmpty(QUEUE.map((field) => [field.name, valueOf(field, filled)]));
}

/** What data is read, and how far: nothing else changes what a preview shows. */
export function previewOrderOf(filled: Filled): Order {
  const changing = [...NAMED, 'max_samples', 'source_max_tokens', 'target_max_tokens'];
  const order = planOrderOf(filled);
  return Object.fromEntries(Object.entries(order).filter(([name]) => changing.includes(name)));
}

export function methodOf({ method }: Filled): Method {
  return METHODS.find(({ name }) => name === method)?.name ?? 'lora';
}

export const DATA_KINDS = ['bundled', 'file', 'path'] as const;
export type DataKind = (typeof DATA_KINDS)[number];

export function dataKindOf({ data_kind: kind }: Filled): DataKind {
  return DATA_KINDS.find((each) => each === kind) ?? 'bundled';
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
  const isEmpty = (name: string): boolean => (filled[name] ?? '').trim() === '';
  if (isOtherModel(filled) && isEmpty('base_model'))
    return { field: 'base_model', message: 'expected the name of a model, got none' };
  const kind = dataKindOf(filled);
  if (kind === 'bundled' || !isEmpty('data')) return null;
  return kind === 'file'
    ? { field: 'file', message: 'expected a file that was sent, got none' }
    : { field: 'data', message: 'expected the path of a file, got none' };
}

/** What is trained where neither a model nor data is named has defaults of its own. */
export function defaultsFor(filled: Filled, { bundled, named }: OrderDefaults): PlanOrder {
  const isNamed = isOtherModel(filled) || (filled['base_model'] ?? '') !== '';
  return isNamed || dataKindOf(filled) !== 'bundled' ? named : bundled;
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
