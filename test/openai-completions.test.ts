/** @file What was trained is tried with OpenAI's own client, against a real service and a real model. */
import { setMaxListeners } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCodeOf } from '#base';
import { cgroupUsage, memoryCgroup, type MemoryGroup } from '#kernel';
import { openModel } from '#weights';
import { plimsoll } from './plimsoll.ts';
import { call, firstTokenOf, runWhen, startService, type TestService } from './service.ts';
import { writeSmallModel } from './small-model.ts';

const MINI = 'plimsoll-mini';
/** Of random weights: it hardly ever ends an answer. */
const ENDLESS = 'endless';
const QUESTION = 'turn the heating down at night';
const user = (content: string) => ({ role: 'user', content }) as const;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-completions-'));
const data = join(folder, 'data');
let service: TestService;
let token: string;
let openai: OpenAI;
beforeAll(async () => {
  writeSmallModel(join(data, 'files', ENDLESS));
  service = await startService(data, '--memory', '700M');
  token = firstTokenOf(service);
  openai = clientOf(service, token);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

function clientOf({ url }: TestService, apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}

type Refusal = InstanceType<typeof APIError>;

async function refusalOf(asked: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await asked.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof APIError) return error;
  throw new Error('expected a refusal', { cause: error });
}

const greedy = (text: string) => ({ model: MINI, messages: [user(text)], temperature: 0 });

async function holder(
  of: TestService,
  by: string,
): Promise<{ model: string; limit: number } | null> {
  return (await call(of, 'GET /api/v1/memory', { token: by })).body.answering;
}

/** The newest process that answers, as the log names it. */
function pidIn({ log }: TestService): number {
  const opened = log()
    .split('\n')
    .filter((line) => line.includes('a model is opened to answer'));
  return JSON.parse(opened.at(-1) ?? '{}').pid;
}

/** Takes from a group all that it does not use: its limit is the lowest that the kernel takes. */
function squeeze(group: MemoryGroup): void {
  let limit = (cgroupUsage(group)?.unreclaimable ?? 0) + 2 ** 19;
  while (!isSet(join(group.folder, 'memory.limit_in_bytes'), limit)) limit += 2 ** 18;
}

/** EBUSY where so much cannot be taken back. */
function isSet(file: string, bytes: number): boolean {
  try {
    writeFileSync(file, String(bytes));
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

/** A zombie is not: nobody may be there to take it away. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'utf8'));
}

/** Processor time, in ticks (proc(5), fields 14 and 15). */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

async function choicesOf(seed: number): Promise<(string | null)[]> {
  const asked = { model: MINI, messages: [user(QUESTION)], seed, n: 3 };
  const { choices } = await openai.chat.completions.create(asked);
  return choices.map(({ message }) => message.content);
}

describe('a chat', () => {
  test('at temperature 0 it is what plimsoll generate says, with exact counts of tokens', async () => {
    const { tokenizer } = await tokenizerOfMini();
    const answer = await openai.chat.completions.create(greedy(QUESTION));
    const said = plimsoll('generate', QUESTION).stdout.trimEnd();
    const [choice] = answer.choices;
    expect(answer).toMatchObject({ object: 'chat.completion', model: MINI });
    expect(choice).toMatchObject({ index: 0, finish_reason: 'stop' });
    expect(choice?.message).toMatchObject({ role: 'assistant', content: said });
    const prompt = tokenizer.encode(QUESTION).length;
    const completion = tokenizer.encode(said).length - 1; // the end is not counted
    expect(answer.usage).toEqual({
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
    });
  });

  test('what is asked is what is trained: contents in order, joined by line breaks', async () => {
    const parts = ['turn off ', 'the lights'].map((text) => ({ type: 'text' as const, text }));
    const system = { role: 'system', content: 'when nobody is home' } as const;
    const chat = await openai.chat.completions.create({
      ...greedy(''),
      messages: [system, { role: 'user', content: parts }],
    });
    const alike = await openai.completions.create({
      model: MINI,
      temperature: 0,
      max_tokens: 200,
      prompt: 'when nobody is home\nturn off the lights',
    });
    expect(chat.choices[0]?.message.content).toBe(alike.choices[0]?.text);
  });

  test('piece by piece it is the same, and the last chunk tells the usage', async () => {
    const whole = await openai.chat.completions.create(greedy(QUESTION));
    const stream = await openai.chat.completions.create({
      ...greedy(QUESTION),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1);
  });

  test('one seed gives one answer, another seed others, and so do the choices of one', async () => {
    const [first, again, other] = [await choicesOf(7), await choicesOf(7), await choicesOf(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
  });

  test('it ends before a stop text, and after as many tokens as are asked for', async () => {
    const whole = await openai.chat.completions.create(greedy(QUESTION));
    const text = whole.choices[0]?.message.content ?? '';
    const stop = text.slice(8, 11);
    const stopped = await openai.chat.completions.create({
      ...greedy(QUESTION),
      stop: [stop, '\u0000'],
    });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop' });
    expect(stopped.choices[0]?.message.content).toBe(text.slice(0, text.indexOf(stop)));
    const short = await openai.chat.completions.create({
      ...greedy(QUESTION),
      max_completion_tokens: 3,
    });
    expect(short.choices[0]).toMatchObject({ finish_reason: 'length' });
    expect(short.usage?.completion_tokens).toBe(3);
    expect(text.startsWith(short.choices[0]?.message.content ?? '-')).toBe(true);
  });

  test('what clients send by routine does no harm', async () => {
    const answer = await openai.chat.completions.create({
      ...greedy(QUESTION),
      user: 'ann',
      store: false,
      metadata: { a: 'b' },
      service_tier: 'auto',
      tools: [],
      frequency_penalty: 0,
      response_format: { type: 'text' },
    });
    expect(answer.choices).toHaveLength(1);
  });
});

async function tokenizerOfMini() {
  return { tokenizer: await (await openModel('./assets/base-model')).tokenizer() };
}

test('texts, several at once, whole and piece by piece', async () => {
  const asked = { model: MINI, prompt: [QUESTION, 'lights on'], temperature: 0, n: 2 };
  const whole = await openai.completions.create(asked);
  expect(whole.object).toBe('text_completion');
  const texts = whole.choices.map(({ text }) => text);
  expect(texts).toHaveLength(4);
  expect([texts[0], texts[2]]).toEqual([texts[1], texts[3]]);
  expect(texts[0]).not.toBe(texts[2]);
  const pieces = ['', '', '', ''];
  for await (const { choices } of await openai.completions.create({ ...asked, stream: true }))
    for (const { index, text } of choices) pieces[index] += text;
  expect(pieces).toEqual(texts);
});

test('a model that a run has made answers as plimsoll generate does with its adapter', async () => {
  const body = { max_samples: 40, max_steps: 2, epochs: 1, learning_rate: 0.01 };
  const { body: placed } = await call(service, 'POST /api/v1/admin/training/trigger', {
    token,
    body,
  });
  const run = await runWhen(service, token, placed.id, ({ finishedAt }) => finishedAt !== null);
  expect(run.status).toBe('completed');
  const models = await openai.models.list();
  const model = models.data.find(({ id }) => id.endsWith(run.runIdentifier))?.id ?? '';
  const answer = await openai.chat.completions.create({ ...greedy(QUESTION), model });
  const said = plimsoll('generate', '--adapter', run.outputDir, QUESTION).stdout.trimEnd();
  expect(answer.choices[0]?.message.content).toBe(said);
});

describe('what is refused', () => {
  test('as the client knows it, and by name', async () => {
    const ask = (rest: object) =>
      refusalOf(openai.chat.completions.create({ ...greedy('a'), stream: false, ...rest }));
    const unknown = await ask({ model: 'ft:nobody' });
    expect(unknown).toBeInstanceOf(NotFoundError);
    expect(unknown).toMatchObject({ code: 'MODEL_ID_UNKNOWN', param: 'model' });
    for (const [field, value] of [
      ['tools', [{ type: 'function', function: { name: 'f' } }]],
      ['logprobs', true],
      ['n', 17],
      ['nonsense', 1],
    ] as const) {
      const refusal = await ask({ [field]: value });
      expect(refusal).toBeInstanceOf(BadRequestError);
      expect(refusal.param).toBe(field);
    }
    const stranger = clientOf(service, 'plimsoll_wrong');
    const wrong = await refusalOf(stranger.chat.completions.create(greedy('a')));
    expect(wrong).toBeInstanceOf(AuthenticationError);
    const made = plimsoll(
      'token',
      'create',
      '--name',
      'eyes',
      '--scope',
      'read',
      '--data-dir',
      data,
    );
    const eyes = clientOf(service, made.stdout.trim());
    expect(await refusalOf(eyes.chat.completions.create(greedy('a')))).toBeInstanceOf(
      PermissionDeniedError,
    );
  });

  test('a prompt that is longer than the model takes, with both numbers', async () => {
    const long = await refusalOf(openai.chat.completions.create(greedy('lights on '.repeat(400))));
    expect(long).toBeInstanceOf(BadRequestError);
    expect(long).toMatchObject({ code: 'context_length_exceeded', param: 'messages' });
    expect(long.message).toMatch(/at most 512 tokens.* got one of \d{3,}/);
    // One that would take more memory than the process has is not counted to its end.
    const rare = greedy('x\u4e2d'.repeat(150_000));
    const huge = await refusalOf(openai.chat.completions.create(rare));
    expect(huge.message).toMatch(/whose beginning alone has \d{3,}/);
  });

  test('neither a prompt nor an answer is in the log or the audit log', async () => {
    const word = 'xylophone';
    await openai.chat.completions.create(greedy(`turn on the ${word}`));
    const { body } = await call(service, 'GET /api/v1/audit', { token });
    expect(JSON.stringify(body)).toContain('POST /v1/chat/completions');
    expect(JSON.stringify(body)).not.toContain(word);
    expect(service.log()).not.toContain(word);
  });
});

describe('one answer at a time', () => {
  const long = { model: ENDLESS, messages: [user(QUESTION)], n: 3, seed: 1 };

  test('a client that goes away in mid-stream stops the generation', async () => {
    await openai.chat.completions.create({ ...long, n: 1, max_tokens: 1 }); // it is open
    const pid = pidIn(service);
    const before = ticksOf(pid);
    await openai.chat.completions.create(long);
    const between = ticksOf(pid);
    for await (const chunk of await openai.chat.completions.create({ ...long, stream: true }))
      if (chunk.choices[0]?.delta.content !== '') break;
    await openai.chat.completions.create({ ...long, n: 1, max_tokens: 1 });
    expect(pidIn(service)).toBe(pid);
    expect(ticksOf(pid) - between).toBeLessThan((between - before) / 2);
  });

  test('others wait in their order; beyond 16 they are refused, with when to come again', async () => {
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const refused: Refusal[] = [];
    const asked = Array.from({ length: 19 }, async () => {
      const refusal = await refusalOf(
        openai.chat.completions.create(long, { signal: stop.signal }),
      );
      if (!stop.signal.aborted) refused.push(refusal);
    });
    while (refused.length < 2) await sleep(20);
    stop.abort();
    await Promise.all(asked);
    for (const refusal of refused) {
      expect(refusal).toBeInstanceOf(RateLimitError);
      expect(refusal).toMatchObject({ code: 'ANSWERS_WAITING' });
      expect(refusal.headers?.get('retry-after')).toBe('5');
    }
    // Those that have gone may still stand in the queue.
    const after = await openai.chat.completions.create(greedy(QUESTION), { maxRetries: 3 });
    expect(after.choices).toHaveLength(1);
  });
});

test('a process that is killed for memory is told of with its verdict, and the service lives', async ({
  skip,
}) => {
  await openai.chat.completions.create(greedy(QUESTION));
  const [own] = memoryCgroup(pidIn(service)).groups;
  const its = own?.version === 1 && own.path.includes('plimsoll-') ? own : null;
  skip(its === null, 'it has no control group of version 1');
  if (its) squeeze(its);
  const killed = await refusalOf(
    openai.chat.completions.create({ ...greedy('lights on '.repeat(240)), n: 4 }),
  );
  expect(killed).toBeInstanceOf(InternalServerError);
  expect(killed).toMatchObject({ status: 503, code: 'ANSWERING_ENDED' });
  expect(killed.message).toContain('oom-own-limit, proven');
  const next = await openai.chat.completions.create(greedy(QUESTION));
  expect(next.choices).toHaveLength(1);
});

test('a process that is killed in mid-stream breaks the answer off, and says why', async () => {
  const stream = await openai.completions.create({
    model: ENDLESS,
    prompt: QUESTION,
    max_tokens: 512,
    stream: true,
  });
  const reading = async (): Promise<void> => {
    for await (const chunk of stream)
      if (chunk.choices[0]?.text) process.kill(pidIn(service), 'SIGKILL');
  };
  const broken = await refusalOf(reading());
  expect(broken).toMatchObject({ code: 'ANSWERING_ENDED', type: 'server_error' });
  expect(broken.message).toMatch(/has ended: (?:killed|unestablished)/);
});

test('when the service is killed, the process goes with it', async () => {
  const doomed = await startService(join(folder, 'doomed'), '--memory', '400M');
  await clientOf(doomed, firstTokenOf(doomed)).chat.completions.create(greedy(QUESTION));
  const pid = pidIn(doomed);
  const [own] = memoryCgroup(pid).groups;
  await doomed.end('SIGKILL');
  while (isAlive(pid)) await sleep(50); // else the test's time is over
  expect(isAlive(pid)).toBe(false);
  if (own?.path.includes('plimsoll-')) while (existsSync(own.folder)) await sleep(50);
});

describe('memory is shared with runs', () => {
  test('what does not fit alone is refused with numbers', async () => {
    const small = await startService(join(folder, 'small'), '--memory', '150M');
    try {
      const client = clientOf(small, firstTokenOf(small));
      const refusal = await refusalOf(client.chat.completions.create(greedy(QUESTION)));
      expect(refusal).toBeInstanceOf(BadRequestError);
      expect(refusal).toMatchObject({ code: 'ANSWERING_CANNOT_FIT' });
      expect(refusal.message).toMatch(/takes [\d.]+ MiB.* may use 54 MiB/);
    } finally {
      await small.end('SIGTERM');
    }
  });

  test('an idle model makes way for a run; beside it there is no room, and it is said who has it', async () => {
    const tight = await startService(join(folder, 'tight'), '--memory', '400M');
    try {
      const by = firstTokenOf(tight);
      const client = clientOf(tight, by);
      await client.chat.completions.create(greedy(QUESTION));
      expect(await holder(tight, by)).toMatchObject({ model: MINI });
      const body = { memory: '250M', epochs: 200 };
      const trigger = 'POST /api/v1/admin/training/trigger';
      const { id } = (await call(tight, trigger, { token: by, body })).body;
      await runWhen(tight, by, id, ({ status }) => status === 'running');
      expect(await holder(tight, by)).toBeNull();
      const refusal = await refusalOf(client.chat.completions.create(greedy(QUESTION)));
      expect(refusal).toMatchObject({ status: 503, code: 'ANSWERING_HAS_NO_ROOM' });
      expect(refusal.message).toContain(`54 MiB of 304 MiB are free beside run ${id} (250 MiB)`);
      expect(refusal.headers?.get('retry-after')).toBe('30');
      await call(tight, `POST /api/v1/admin/training/runs/${id}/cancel`, { token: by });
      await runWhen(tight, by, id, ({ finishedAt }) => finishedAt !== null);
      const again = await client.chat.completions.create(greedy(QUESTION));
      expect(again.choices).toHaveLength(1);
    } finally {
      await tight.end('SIGTERM');
    }
  });

  test('with nothing to do it is ended after a while', async () => {
    const brief = await startService(
      join(folder, 'brief'),
      '--memory',
      '400M',
      '--answer-idle',
      '1',
    );
    try {
      const by = firstTokenOf(brief);
      await clientOf(brief, by).chat.completions.create(greedy(QUESTION));
      const pid = pidIn(brief);
      while (await holder(brief, by)) await sleep(100);
      expect(isAlive(pid)).toBe(false);
      expect(brief.log()).toContain('"cause":"cancelled"');
    } finally {
      await brief.end('SIGTERM');
    }
  });
});
