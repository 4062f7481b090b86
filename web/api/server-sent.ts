/** @file Server-sent events (html.spec.whatwg.org 9.2) as they come: the data of each. */

/** @param onSign of life: something has come, be it a comment */
export async function* dataIn(
  body: ReadableStream<Uint8Array> | null,
  onSign: () => void = () => {},
): AsyncGenerator<string> {
  if (!body) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      onSign();
      const blocks = (rest + decoder.decode(part.value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) yield data;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // it has broken off already
  }
}
