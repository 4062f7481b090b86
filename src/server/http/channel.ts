/** @file What comes when it will, kept for one reader in its order. */

export interface Channel<T> {
  put(item: T): void;
  /** After what was put the reader gets this error. */
  fail(error: unknown): void;
  readonly items: AsyncIterable<T>;
}

export function channel<T>(): Channel<T> {
  const waiting: T[] = [];
  let failure: { readonly error: unknown } | null = null;
  let wake: (() => void) | null = null;
  const woken = (): void => {
    wake?.();
    wake = null;
  };
  async function* items(): AsyncGenerator<T> {
    for (;;) {
      while (waiting.length > 0) yield waiting.shift()!;
      if (failure) throw failure.error;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    put: (item) => {
      waiting.push(item);
      woken();
    },
    fail: (error) => {
      failure = { error };
      woken();
    },
    items: { [Symbol.asyncIterator]: items },
  };
}
