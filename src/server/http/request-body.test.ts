/** @file What a body that is not as it should be is refused with. */
import { expect, test } from 'vitest';
import { jsonOf } from './request-body.ts';

function sent(body: string | ReadableStream): Request {
  const streamed: RequestInit & { readonly duplex: 'half' } = { duplex: 'half' };
  return new Request('http://localhost/', { ...streamed, method: 'POST', body });
}

test('a client that goes before its body is whole is no fault of the service', async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"base_model":'));
    },
    pull(controller) {
      controller.error(new Error('aborted'));
    },
  });
  await expect(jsonOf(sent(body))).rejects.toMatchObject({ code: 'REQUEST_CUT_OFF' });
});

test('a body is read no further than is allowed', async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(2 ** 18));
    },
  });
  await expect(jsonOf(sent(body))).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  expect(pulled).toBeLessThan(10);
});

test('no body is an empty order, and what is no JSON is told', async () => {
  expect(await jsonOf(sent(''))).toEqual({});
  await expect(jsonOf(sent('{'))).rejects.toMatchObject({ code: 'REQUEST_NOT_JSON' });
});
