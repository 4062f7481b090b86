/** @file Bad input: one clear line, a non-zero exit, and nothing that existed is lost. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readSafetensorsHeader, readTensor, writeSafetensors } from '#weights';
import { type Ended, plimsoll, trainWatched } from './plimsoll.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

let root: string;
let model: string;
let data: string;
const at = (...parts: string[]): string => join(root, ...parts);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-bad-'));
  model = writeSmallModel(at('model'));
  data = writeExamples(at('data.jsonl'), 12);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const train = (...flags: string[]): Ended =>
  plimsoll('train', '--base-model', model, '--data', data, '--output-dir', at('out'), ...flags);

/** With neither source nor target by any name that is known. */
function noTarget(): string {
  writeFileSync(at('no-target.jsonl'), '{"one": "a", "other": "b"}\n');
  return at('no-target.jsonl');
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
}

function expectRefusal(end: Ended, says: RegExp, status = 1): void {
  expect(end.status, end.stderr).toBe(status);
  expect(end.stderr.trim().split('\n')).toHaveLength(1);
  expect(end.stderr).toMatch(/^error: /);
  expect(end.stderr).toMatch(says);
}

/** A copy of the model, changed. */
function changedModel(name: string, change: (folder: string) => void): string {
  const folder = at(name);
  cpSync(model, folder, { recursive: true });
  change(folder);
  return folder;
}

/** The model with one tensor written anew. */
function withTensor(
  name: string,
  tensor: string,
  make: (old: { shape: number[]; data: Float32Array }) => {
    shape: number[];
    dtype: 'F32' | 'I32';
    data: Float32Array | Int32Array;
  },
): string {
  return changedModel(name, (folder) => {
    const file = join(folder, 'model.safetensors');
    const { tensors } = readSafetensorsHeader(file);
    const all = [...tensors].map(([each, location]) => {
      const old = { shape: [...location.shape], data: readTensor(location) };
      return { name: each, dtype: 'F32' as const, ...old, ...(each === tensor && make(old)) };
    });
    writeSafetensors(file, all, { format: 'pt' });
  });
}

const negated = ({ shape, data: values }: { shape: number[]; data: Float32Array }) => ({
  dtype: 'F32' as const,
  shape,
  data: values.map((value) => -value),
});

describe('models', () => {
  const NORM = 'encoder.final_layer_norm.weight';
  test.each<[string, () => string, RegExp]>([
    ['a folder that is not there', () => at('nowhere'), /nowhere/],
    [
      'a missing weight file',
      () => changedModel('m1', (folder) => rmSync(join(folder, 'model.safetensors'))),
      /m1.*model\.safetensors/,
    ],
    [
      'a truncated weight file',
      () =>
        changedModel('m2', (folder) => {
          const file = join(folder, 'model.safetensors');
          truncateSync(file, statSync(file).size - 1000);
        }),
      /model\.safetensors.*expected .*got/,
    ],
    [
      'a tensor of the wrong shape',
      () =>
        withTensor('m3', NORM, () => ({ dtype: 'F32', shape: [17], data: new Float32Array(17) })),
      /final_layer_norm.*\[16\].*\[17\]/,
    ],
    [
      'a tensor of the wrong type',
      () => withTensor('m4', NORM, () => ({ dtype: 'I32', shape: [16], data: new Int32Array(16) })),
      /final_layer_norm.*F32.*I32/,
    ],
    [
      'an unknown architecture',
      () =>
        changedModel('m5', (folder) =>
          writeFileSync(join(folder, 'config.json'), '{"model_type":"mamba"}'),
        ),
      /config\.json.*t5.*mamba/,
    ],
    [
      'a config.json that is no JSON',
      () => changedModel('m6', (folder) => writeFileSync(join(folder, 'config.json'), '{"a": ')),
      /config\.json/,
    ],
    [
      'a tokenizer of another vocabulary',
      () => writeSmallModel(at('m7'), { vocab_size: 300 }),
      /4096.*300|300.*4096/,
    ],
  ])('%s', (_, make, says) => {
    expectRefusal(train('--base-model', make()), says);
  });
});

describe('adapters', () => {
  let run: string;
  beforeAll(() => {
    run = at('adapted');
    train('--run-directory', run, '--max-steps', '1');
  });
  const WEIGHTS = 'adapter/adapter_model.safetensors';

  test.each<[string, (folder: string) => void, RegExp]>([
    [
      'a missing weight file',
      (folder) => rmSync(join(folder, WEIGHTS)),
      /adapter_model\.safetensors/,
    ],
    [
      'a truncated weight file',
      (folder) => truncateSync(join(folder, WEIGHTS), statSync(join(folder, WEIGHTS)).size - 4),
      /adapter_model\.safetensors is truncated: expected \d+ bytes, got \d+/,
    ],
    [
      'a configuration that is no JSON',
      (folder) => writeFileSync(join(folder, 'adapter/adapter_config.json'), '{"r": '),
      /adapter_config\.json: expected JSON/,
    ],
  ])('%s', (name, damage, says) => {
    const folder = at(`adapted, ${name}`);
    cpSync(run, folder, { recursive: true });
    damage(folder);
    expectRefusal(plimsoll('generate', '--adapter', folder, 'lights on'), says);
  });

  test('one of another base', () => {
    const wide = writeSmallModel(at('wide'), { d_model: 32 });
    const end = plimsoll('eval', '--model', wide, '--adapter', run, '--data', data);
    expectRefusal(end, /lora_A.*\[16, 32\].*\[16, 16\]/);
  });
});

describe('models that are written', () => {
  test.each<[string, () => string[]]>([
    ['init', () => ['init', 'plimsoll-mini']],
    ['convert', () => ['convert', model, '--dtype', 'fp16']],
  ])('%s leaves a folder with files in it as it is', (_, words) => {
    const folder = changedModel('mine', () => {});
    const before = readFileSync(join(folder, 'model.safetensors'));
    expectRefusal(plimsoll('model', ...words(), '--output', folder), /empty folder.*mine/);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(before)).toBe(true);
  });

  test('convert does not write over what it reads', () => {
    const end = plimsoll('model', 'convert', model, '--dtype', 'fp16', '--output', model);
    expectRefusal(end, /empty folder/);
  });
});

describe('data', () => {
  test.each<[string, string, string, RegExp]>([
    ['an empty file', 'd1.jsonl', '', /d1\.jsonl/],
    [
      'a malformed line',
      'd2.jsonl',
      '{"prompt":"a","completion":"b"}\n{"prompt":\n',
      /d2\.jsonl.*line 2|d2\.jsonl:2/,
    ],
    ['a line of another form', 'd3.jsonl', '{"question":"a"}\n', /d3\.jsonl.*prompt/],
    ['a CSV with other columns', 'd4.csv', 'a,b\n1,2\n', /d4\.csv.*a.*b/],
  ])('%s', (_, name, content, says) => {
    writeFileSync(at(name), content);
    expectRefusal(train('--data', at(name)), says);
  });

  test.each<[string, (file: string) => void, RegExp]>([
    [
      'a database without the table',
      (file) => {
        const database = new Database(file);
        database.exec('CREATE TABLE notes (text)');
        database.close();
      },
      /ask_ai_queries.*notes/,
    ],
    [
      'a database that was cut off',
      (file) => {
        copyFileSync('assets/examples/household.db', file);
        truncateSync(file, 5000);
      },
      /cut off\.db.*damaged/,
    ],
  ])('%s', (name, write, says) => {
    const file = at(`${name}.db`);
    write(file);
    expectRefusal(train('--data', file), says);
  });

  test('examples that are too long are cut, counted and said', () => {
    const end = train('--source-max-tokens', '4', '--target-max-tokens', '3', '--max-steps', '1');
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toMatch(/cut.*12|12.*cut|truncated.*12|12.*truncated/);
  });
});

describe('runs', () => {
  test('a folder in use by another run is refused, and that run goes on', async () => {
    const folder = at('busy');
    let second: Ended | undefined;
    const first = await trainWatched(
      ['--base-model', model, '--data', data, '--run-directory', folder, '--max-steps', '3'],
      (event) => {
        if (event.type === 'step' && event.step === 1) second = train('--run-directory', folder);
      },
    );
    expectRefusal(second!, /busy/);
    expect(first.code, first.stderr).toBe(0);
  });

  test('a run that is complete is not begun again', () => {
    const words = ['--run-directory', at('done'), '--max-steps', '1'];
    expect(train(...words).status).toBe(0);
    const before = readFileSync(at('done/adapter/adapter_model.safetensors'));
    expectRefusal(train(...words, '--seed', '5'), /done/);
    expect(readFileSync(at('done/adapter/adapter_model.safetensors')).equals(before)).toBe(true);
  });

  test('a resume from another spec names what differs', () => {
    const folder = at('other-spec');
    train('--run-directory', folder, '--max-steps', '2');
    const before = readFileSync(join(folder, 'checkpoint/state.safetensors'));
    const end = plimsoll('train', '--resume-from', folder, '--learning-rate', '0.5');
    expectRefusal(end, /learningRate.*0\.5/);
    expect(readFileSync(join(folder, 'checkpoint/state.safetensors')).equals(before)).toBe(true);
    // What the record says of the run is still true, and the run goes on.
    const record: unknown = JSON.parse(readFileSync(join(folder, 'training_run.json'), 'utf8'));
    expect(record).toMatchObject({
      status: 'completed',
      learning_rate: 5e-5,
      attempts: [{ status: 'completed' }, { status: 'failed' }],
    });
    expect(plimsoll('train', '--resume-from', folder)).toMatchObject({ status: 0 });
  });

  test('a resume after the data or the base has changed', () => {
    const folder = at('other-input');
    const [base, examples] = [changedModel('m8', () => {}), at('changing.jsonl')];
    cpSync(data, examples);
    const given = ['--base-model', base, '--data', examples];
    expect(train('--run-directory', folder, '--max-steps', '2', ...given).status).toBe(0);
    const before = readFileSync(join(folder, 'checkpoint/state.safetensors'));
    const resumed = () => plimsoll('train', '--resume-from', folder);

    writeExamples(examples, 11);
    expectRefusal(resumed(), /data\.fingerprint/);
    cpSync(data, examples);
    cpSync(withTensor('m9', 'shared.weight', negated), base, { recursive: true });
    expectRefusal(resumed(), /baseModel\.fingerprint/);
    cpSync(model, base, { recursive: true });
    expect(resumed()).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'checkpoint/state.safetensors')).equals(before)).toBe(true);
  });

  test('a damaged checkpoint is found before anything is trained', () => {
    const folder = at('damaged');
    train('--run-directory', folder, '--max-steps', '2');
    const file = join(folder, 'checkpoint/state.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(file, bytes);
    expectRefusal(plimsoll('train', '--resume-from', folder), /state\.safetensors/);
  });

  test('a loss that is no number stops the run, with the last checkpoint intact', () => {
    const folder = at('nan');
    const end = train(
      '--run-directory',
      folder,
      '--method',
      'full',
      '--max-steps',
      '40',
      '--learning-rate',
      '1e18',
      '--checkpoint-every',
      '1',
      '--schedule',
      'constant',
    );
    expectRefusal(end, /step \d+: expected a finite loss/);
    const failed = Number(/step (\d+):/.exec(end.stderr)?.[1]);
    const resumed = plimsoll('train', '--resume-from', folder, '--json');
    expect(resumed.stdout).toContain(`"resumedFrom":{"file":`);
    expect(resumed.stdout).toContain(`"step":${failed - 1}}`);
  });

  test.each<[string, () => string[], RegExp, number?]>([
    ['a hub out of reach', () => ['--base-model', 'some/model'], /127\.0\.0\.1:9.*some\/model/],
    ['a missing model', () => ['--base-model', at('nowhere')], /nowhere/],
    ['missing data', () => ['--data', at('nowhere.jsonl')], /nowhere\.jsonl/],
    ['data without a target', () => ['--data', noTarget()], /no-target\.jsonl/],
    ['missing data to evaluate on', () => ['--valid-data', at('nowhere.jsonl')], /nowhere\.jsonl/],
    ['a layer that is none', () => ['--lora-targets', 'qq'], /qq/, 2],
  ])('one that could not begin leaves nothing behind: %s', (name, flags, says, status) => {
    const output = at(`runs, ${name}`);
    const words = ['--output-dir', output];
    const begun = train(...words, '--run-id', 'good', '--max-steps', '1');
    expect(begun.status, begun.stderr).toBe(0);
    const files = filesUnder(output);
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9'); // the port that no server has
    const elsewhere = at(`none, ${name}`);
    for (const place of [words, ['--run-directory', elsewhere]]) {
      const end = train(...place, ...flags());
      expectRefusal(end, says, status);
      expect(end.stdout).toBe('');
    }
    vi.unstubAllEnvs();
    expect(filesUnder(output)).toEqual(files);
    expect(existsSync(elsewhere)).toBe(false);
  });

  test('one whose data is gone goes on no further, and stays what it was', () => {
    const examples = at('gone.jsonl');
    cpSync(data, examples);
    const folder = at('data gone');
    const begun = train('--run-directory', folder, '--max-steps', '1', '--data', examples);
    expect(begun.status, begun.stderr).toBe(0);
    rmSync(examples);
    const record = readFileSync(join(folder, 'training_run.json'), 'utf8');
    expectRefusal(plimsoll('train', '--resume-from', folder), /gone\.jsonl/);
    expect(readFileSync(join(folder, 'training_run.json'), 'utf8')).toBe(record);
  });

  test('one that cannot fit is not the latest', () => {
    const output = at('runs, too little memory');
    const words = ['--output-dir', output];
    const begun = train(...words, '--run-id', 'good', '--max-steps', '1');
    expect(begun.status, begun.stderr).toBe(0);
    expectRefusal(train(...words, '--memory', '64M'), /needs a limit of/, 12);
    expect(readlinkSync(join(output, 'latest'))).toBe('good');
    const resumed = plimsoll('train', '--resume-from', join(output, 'latest'));
    expect(resumed.status, resumed.stderr).toBe(0);
  });

  test('an output directory that cannot be made', () => {
    writeFileSync(at('a-file'), '');
    expectRefusal(train('--output-dir', at('a-file')), /a-file/);
  });
});

describe('precision', () => {
  test('a name that is none', () => {
    expectRefusal(train('--precision', 'int3'), /--precision: .*int8.*got 'int3'/, 2);
  });

  test('fewer bits for weights that are trained', () => {
    const end = train('--method', 'full', '--precision', 'int8', '--run-directory', at('all-int8'));
    expectRefusal(end, /--method full.*got int8.*--method lora/, 2);
    expect(existsSync(at('all-int8'))).toBe(false);
  });

  test('a cache that cannot be written: the weights are converted beside the run', () => {
    writeFileSync(at('no-folder'), '');
    vi.stubEnv('PLIMSOLL_CACHE', at('no-folder/cache'));
    const words = ['--run-directory', at('int8'), '--precision', 'int8', '--max-steps', '1'];
    const end = train(...words);
    vi.unstubAllEnvs();
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toMatch(/base in int8/);
    expect(readdirSync(at('int8/cache/weights'))).toHaveLength(1);
  });
});

test('a full disk while a checkpoint is written: the old one stays, and the run goes on from it', (context) => {
  const disk = at('disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1500k', 'tmpfs', disk]);
  context.skip(mounted.status !== 0, 'a small disk needs root to mount one');
  try {
    const folder = join(disk, 'run');
    const file = join(folder, 'checkpoint/state.safetensors');
    const words = ['--run-directory', folder, '--method', 'full', '--max-steps', '4'];
    const first = train(...words, '--checkpoint-every', '1', '--learning-rate', '1e-4');
    expectRefusal(first, /disk is full|free/);
    // The first checkpoint fits, two at a time do not; it is whole, and the run goes on from it.
    const room = spawnSync('mount', ['-o', 'remount,size=16m', disk]);
    expect(room.status).toBe(0);
    const resumed = plimsoll('train', '--resume-from', folder, '--json');
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain(`"resumedFrom":{"file":"${file}","step":1}`);
  } finally {
    spawnSync('umount', [disk]);
  }
});
