/**
 * @file What depends on a model and a length alone, and is large: made once for batch after batch of the
 * same length instead of megabytes of garbage a step.
 */

/** Gives what `make` made last, as long as neither the model (its configuration) nor the length is another. */
export function rememberLast<T>(): (model: WeakKey, length: number, make: () => T) => T {
  const last = new WeakMap<WeakKey, { readonly length: number; readonly value: T }>();
  return (model, length, make) => {
    const known = last.get(model);
    if (known?.length === length) return known.value;
    const value = make();
    last.set(model, { length, value });
    return value;
  };
}
