import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMMIT, type FakeHub, startFakeHub, type Trouble } from './fake-hub.test-support.ts';
import { fetchModel } from './fetch-model.ts';
import { parseHubName } from './hub-name.ts';
import { hubSettings } from './hub-settings.ts';

const FILES = {
  'config.json': Buffer.from('{"model_type": "t5"}'),
  'tokenizer.json': Buffer.from('{}'),
  'model.safetensors': Buffer.alloc(100_000, 'weights '),
  'pytorch_model.bin': Buffer.from('a pickle'),
  'onnx/model.safetensors': Buffer.from('elsewhere'),
};

let cache: string;
let hub: FakeHub;

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'plimsoll-hub-'));
  hub = await startFakeHub(FILES);
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true, force: true });
});

const settings = (env: Record<string, string> = {}) =>
  hubSettings({ cacheDir: cache }, { HF_ENDPOINT: hub.endpoint, HF_HOME: cache, ...env });
const get = (revision?: string, env?: Record<string, string>) =>
  fetchModel(settings(env), parseHubName('org/name', revision));

test('the cache is laid out as huggingface_hub lays it out', async () => {
  const { folder, commit } = await get();
  expect(commit).toBe(COMMIT);
  const root = join(cache, 'models--org--name');
  expect(folder).toBe(join(root, 'snapshots', COMMIT));
  expect(readFileSync(join(root, 'refs/main'), 'utf8')).toBe(COMMIT);
  expect(readdirSync(folder).toSorted()).toEqual([
    'config.json',
    'model.safetensors',
    'tokenizer.json',
  ]);
  expect(readlinkSync(join(folder, 'config.json'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
  expect(readlinkSync(join(folder, 'model.safetensors'))).toMatch(/blobs\/[0-9a-f]{64}$/);
  expect(readFileSync(join(folder, 'model.safetensors')).equals(FILES['model.safetensors'])).toBe(
    true,
  );
});

test('what is cached is not fetched again; a cached commit takes no request at all', async () => {
  await get();
  hub.requests.length = 0;
  await get();
  expect(hub.requests.map(({ url }) => url)).toEqual([
    '/api/models/org/name/revision/main?blobs=true',
  ]);
  hub.requests.length = 0;
  await get(COMMIT);
  expect(hub.requests).toEqual([]);
});

test('offline, the cache is enough or the error says so', async () => {
  const offline = { HF_HUB_OFFLINE: '1' };
  await expect(get('main', offline)).rejects.toMatchObject({ code: 'HUB_NOT_CACHED' });
  await get();
  hub.requests.length = 0;
  await expect(get('main', offline)).resolves.toMatchObject({ commit: COMMIT });
  expect(hub.requests).toEqual([]);
});

test('the token is that of HF_TOKEN, else of the file in HF_HOME', async () => {
  await get('main', { HF_TOKEN: 'one' });
  expect(hub.requests[0]?.token).toBe('Bearer one');
  writeFileSync(join(cache, 'token'), 'two\n');
  await get();
  expect(hub.requests.at(-1)?.token).toBe('Bearer two');
});

test.each<[string, Trouble, string]>([
  [
    'a connection that breaks',
    { kind: 'drop', file: 'model.safetensors', after: 5000 },
    'HUB_DOWNLOAD_BROKEN',
  ],
  ['fewer bytes than listed', { kind: 'short', file: 'model.safetensors' }, 'HUB_DOWNLOAD_DIFFERS'],
  ['more bytes than listed', { kind: 'long', file: 'model.safetensors' }, 'HUB_DOWNLOAD_DIFFERS'],
  [
    'other bytes of a file in LFS',
    { kind: 'changed', file: 'model.safetensors' },
    'HUB_DOWNLOAD_DIFFERS',
  ],
  [
    'other bytes of a file in git',
    { kind: 'changed', file: 'tokenizer.json' },
    'HUB_DOWNLOAD_DIFFERS',
  ],
  [
    'a file that is listed but missing',
    { kind: 'gone', file: 'tokenizer.json' },
    'HUB_FILE_NOT_FOUND',
  ],
  ['no access', { kind: 'status', status: 401 }, 'HUB_UNAUTHORIZED'],
  ['a gated model', { kind: 'status', status: 403 }, 'HUB_UNAUTHORIZED'],
  ['no such model', { kind: 'status', status: 404, code: 'RepoNotFound' }, 'HUB_REPO_NOT_FOUND'],
  ['a hub in trouble', { kind: 'status', status: 503 }, 'HUB_FAILED'],
  ['an answer that is no JSON', { kind: 'answer', text: '<html>' }, 'HUB_ANSWER_MALFORMED'],
  [
    'an answer without a commit',
    { kind: 'answer', text: '{"siblings": []}' },
    'HUB_ANSWER_MALFORMED',
  ],
])(
  '%s: one error, nothing broken in the cache, and the next try succeeds',
  async (_, trouble, code) => {
    hub.trouble = trouble;
    await expect(get()).rejects.toMatchObject({ code });
    for (const name of filesBelow(cache)) expect(name).not.toMatch(/\.tmp|incomplete/);
    hub.trouble = null;
    const { folder } = await get();
    expect(readFileSync(join(folder, 'model.safetensors')).equals(FILES['model.safetensors'])).toBe(
      true,
    );
  },
);

test('a revision that is not there', async () => {
  await expect(get('no-such-branch')).rejects.toMatchObject({ code: 'HUB_REVISION_NOT_FOUND' });
});

test('a hub that does not answer', async () => {
  const { endpoint } = hub;
  await hub[Symbol.asyncDispose]();
  const nobody = hubSettings({ cacheDir: cache }, { HF_ENDPOINT: endpoint });
  await expect(fetchModel(nobody, parseHubName('org/name', undefined))).rejects.toMatchObject({
    code: 'HUB_UNREACHABLE',
  });
});

test.each(['org/na me', 'a/b/c', 'org/name@a@b', '-org/name', 'org/name@../up'])(
  '%s is no name',
  (ref) => {
    expect(() => parseHubName(ref, undefined)).toThrow(
      expect.objectContaining({ code: 'MODEL_NAME_MALFORMED' }),
    );
  },
);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String);
}
