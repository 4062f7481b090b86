/** @file Models from the hub: a server on this machine, and every way in which it can fail. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { COMMIT, type FakeHub, startFakeHub, type Trouble } from './fake-hub.test-support.ts';
import { fetchModel } from './fetch-model.ts';
import { parseHubName } from './hub-name.ts';
import { hubSettings } from './hub-settings.ts';
import { openModel } from './open-model.ts';
import { saveTokenizer, unigram } from './tokenizers.test-support.ts';
import { writeSafetensors } from './write-safetensors.ts';

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
  vi.unstubAllEnvs();
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

test('an empty variable is none, and ~ is the home folder', () => {
  const empty = {
    HF_HOME: '',
    HF_TOKEN: '',
    HF_ENDPOINT: '',
    HF_HUB_CACHE: '~/c',
    HF_TOKEN_PATH: cache + '/t',
  };
  const found = hubSettings({}, empty);
  expect(found).toMatchObject({ endpoint: 'https://huggingface.co', token: null, offline: false });
  expect(found.cache).toMatch(/^\/.*\/c$/);
  expect(hubSettings({}, { HF_HOME: '/h' }).cache).toBe('/h/hub');
});

test.each(['hf_secret\nsecond', 'hf_secret€', 'hf_secret two'])(
  'a token that no header can carry (%j) is refused without being shown',
  (token) => {
    const settingsOf = () => settings({ HF_TOKEN: token });
    expect(settingsOf).toThrow(expect.objectContaining({ code: 'HUB_TOKEN_UNUSABLE' }));
    expect(settingsOf).not.toThrow(/hf_secret/);
  },
);

test('a token file that is a folder is named', () => {
  mkdirSync(join(cache, 'token'));
  expect(() => settings()).toThrow(/token for the hub in .*token: it is a folder/);
});

test('files may come from another server, which does not see the token', async () => {
  await using elsewhere = await startFakeHub(FILES);
  hub.trouble = { kind: 'redirect', to: elsewhere.endpoint };
  await get('main', { HF_TOKEN: 'one' });
  expect(hub.requests.at(-1)?.token).toBe('Bearer one');
  expect(elsewhere.requests).toHaveLength(3);
  for (const { token } of elsewhere.requests) expect(token).toBeUndefined();
});

test('a new commit takes only the files that it changes', async () => {
  await get();
  hub.requests.length = 0;
  hub.commit = 'd'.repeat(40);
  const { folder, commit } = await get();
  expect(commit).toBe(hub.commit);
  expect(hub.requests).toHaveLength(1);
  expect(readFileSync(join(cache, 'models--org--name/refs/main'), 'utf8')).toBe(hub.commit);
  expect(readFileSync(join(folder, 'config.json')).equals(FILES['config.json'])).toBe(true);
});

test('a snapshot of which Python fetched only a part is not taken for a whole one', async () => {
  const snapshot = join(cache, 'models--org--name/snapshots', COMMIT);
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(join(snapshot, 'config.json'), FILES['config.json']);
  await expect(get(COMMIT, { HF_HUB_OFFLINE: '1' })).rejects.toMatchObject({
    code: 'HUB_NOT_CACHED',
  });
  const { folder } = await get(COMMIT);
  expect(readdirSync(folder)).toHaveLength(3);
  expect(lstatSync(join(folder, 'config.json')).isFile()).toBe(true); // Python's copy is kept
});

test('a shard that is not cached makes a snapshot incomplete', async () => {
  const snapshot = join(cache, 'models--org--name/snapshots', COMMIT);
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(join(snapshot, 'config.json'), '{}');
  writeFileSync(join(snapshot, 'tokenizer.json'), '{}');
  const index = { weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } };
  writeFileSync(join(snapshot, 'model.safetensors.index.json'), JSON.stringify(index));
  writeFileSync(join(snapshot, 'model-1.safetensors'), '');
  const offline = { HF_HUB_OFFLINE: '1' };
  await expect(get(COMMIT, offline)).rejects.toMatchObject({ code: 'HUB_NOT_CACHED' });
  writeFileSync(join(snapshot, 'model-2.safetensors'), '');
  await expect(get(COMMIT, offline)).resolves.toMatchObject({ folder: snapshot });
});

test('a file of another length in the cache is fetched anew', async () => {
  const { folder } = await get();
  writeFileSync(join(folder, 'model.safetensors'), 'cut');
  await get();
  expect(readFileSync(join(folder, 'model.safetensors')).length).toBe(100_000);
});

test('a model without safetensors is refused before anything is fetched, with the way to convert it', async () => {
  const { 'model.safetensors': _, ...rest } = FILES;
  await using pickles = await startFakeHub(rest);
  await expect(get('main', { HF_ENDPOINT: pickles.endpoint })).rejects.toThrow(
    /org\/name: expected model\.safetensors, found only pytorch_model\.bin.*from_pretrained\('org\/name', revision='main'\)/,
  );
  expect(pickles.requests).toHaveLength(1);
  expect(existsSync(join(cache, 'models--org--name'))).toBe(false);
});

test('a cache that cannot be written is named', async () => {
  const file = join(cache, 'file');
  writeFileSync(file, '');
  const blocked = { ...settings(), cache: file };
  await expect(fetchModel(blocked, parseHubName('org/name', undefined))).rejects.toMatchObject({
    code: 'FILE_NOT_WRITABLE',
  });
});

test('openModel opens a model of the hub, and the same again from the cache alone', async () => {
  const source = mkdtempSync(join(cache, 'source-'));
  saveTokenizer(source, unigram());
  const a = { name: 'a', dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } as const;
  writeSafetensors(join(source, 'model.safetensors'), [a]);
  writeFileSync(join(source, 'config.json'), '{"model_type": "t5"}');
  const files = readdirSync(source).map((name) => [name, readFileSync(join(source, name))]);
  await using served = await startFakeHub(Object.fromEntries(files));
  vi.stubEnv('HF_ENDPOINT', served.endpoint);
  vi.stubEnv('HF_HOME', cache);
  vi.stubEnv('HF_HUB_CACHE', undefined);
  const ref = `org/name@${COMMIT}`;
  for (const offline of [false, true]) {
    const model = await openModel(ref, { offline });
    expect(model).toMatchObject({ ref, revision: COMMIT, config: { model_type: 't5' } });
    expect([...model.tensors.keys()]).toEqual(['a']);
    expect((await model.tokenizer()).encode('light').length).toBeGreaterThan(1);
  }
  expect(served.requests.length).toBe(files.length + 1);
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
  ['a list of files that breaks off', { kind: 'drop-list' }, 'HUB_UNREACHABLE'],
  [
    'another commit than asked for',
    { kind: 'answer', text: `{"sha": "${'e'.repeat(40)}", "siblings": []}` },
    'HUB_ANSWER_MALFORMED',
  ],
  [
    'a git id where a sha256 belongs',
    {
      kind: 'answer',
      text: JSON.stringify({
        sha: COMMIT,
        siblings: [{ rfilename: 'a.safetensors', size: 1, lfs: { sha256: COMMIT } }],
      }),
    },
    'HUB_ANSWER_MALFORMED',
  ],
  [
    'a list too long to be one',
    { kind: 'answer', text: ' '.repeat(17 * 1024 ** 2) },
    'HUB_ANSWER_MALFORMED',
  ],
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
    await expect(get(COMMIT)).rejects.toMatchObject({ name: 'PlimsollError', code });
    for (const name of filesBelow(cache)) expect(name).not.toMatch(/\.tmp|incomplete/);
    expect('file' in trouble && existsSync(snapshotFile(trouble.file))).toBe(false);
    hub.trouble = null;
    const { folder } = await get(COMMIT);
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

test.each([
  'org/na me',
  'a--b/c',
  'a/b..c',
  'a/b/c',
  'org/name@a@b',
  '-org/name',
  'org/name@../up',
])('%s is no name', (ref) => {
  expect(() => parseHubName(ref, undefined)).toThrow(
    expect.objectContaining({ code: 'MODEL_NAME_MALFORMED' }),
  );
});

function snapshotFile(file: string): string {
  return join(cache, 'models--org--name/snapshots', COMMIT, file);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String);
}
