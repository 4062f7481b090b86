/** @file Where runs go, and that no run is begun over another. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PlimsollError } from '#base';
import { planSchema, type TrainingRun } from '#protocol';
import { sampleSpec } from './checkpoint-samples.test-support.ts';
import { createRunFolder, resumeRunFolder, type RunFolder, type RunPlace } from './run-folder.ts';

let outputDir: string;
beforeEach(() => {
  outputDir = mkdtempSync(join(tmpdir(), 'plimsoll-runs-'));
});
afterEach(() => rmSync(outputDir, { recursive: true }));

describe('a new run', () => {
  test('gets a folder named by its id, and once it has begun the link to the newest', () => {
    const run = createRunFolder({ outputDir });
    expect(run.runId).toMatch(/^run-\d{8}-\d{6}-[0-9a-f]+$/);
    expect(run.folder).toBe(join(outputDir, run.runId));
    expect(readdirSync(run.folder).toSorted()).toEqual([
      '.last-words.tmp',
      '.lock',
      'checkpoint',
      'events.jsonl',
    ]);
    expect(existsSync(join(outputDir, 'latest'))).toBe(false);
    run.becomeLatest();
    expect(readlinkSync(join(outputDir, 'latest'))).toBe(run.runId);
    run.close();
    run.close();
    const second = createRunFolder({ outputDir, runId: 'second' });
    expect(readlinkSync(join(outputDir, 'latest'))).toBe(run.runId);
    second.becomeLatest();
    second.close();
    expect(readlinkSync(join(outputDir, 'latest'))).toBe('second');
    expect(readdirSync(outputDir).toSorted()).toEqual(['latest', run.runId, 'second'].toSorted());
  });

  test('goes just where --run-directory says, and is named by it', () => {
    const runDirectory = join(outputDir, 'elsewhere', 'my.run');
    const run = createRunFolder({ outputDir, runDirectory });
    expect([run.runId, run.folder]).toEqual(['my.run', runDirectory]);
    run.becomeLatest();
    expect(existsSync(join(outputDir, 'latest'))).toBe(false);
    run.close();
    const named = createRunFolder({ outputDir, runDirectory: `${runDirectory}2`, runId: 'x' });
    expect([named.runId, named.folder]).toEqual(['x', `${runDirectory}2`]);
    named.close();
    begun({ outputDir, runDirectory: join(outputDir, 'inside') }).close();
    expect(readlinkSync(join(outputDir, 'latest'))).toBe('inside');
  });

  test.each(['a/b', '..', 'latest', '', 'a b', 'x'.repeat(200)])('not under the id %j', (runId) => {
    expect(failure(() => createRunFolder({ outputDir, runId }))).toMatch(/^RUN_ID_MALFORMED/);
    expect(readdirSync(outputDir)).toEqual([]);
  });

  test('leaves what was in its folder before', () => {
    mkdirSync(join(outputDir, 'r'));
    writeFileSync(join(outputDir, 'r', 'output.log'), 'the service redirected this');
    createRunFolder({ outputDir, runId: 'r' }).close();
    expect(readFileSync(join(outputDir, 'r', 'output.log'), 'utf8')).toContain('redirected');
  });
});

describe('while a run lives', () => {
  test('its output directory is refused to others, and its folder too', () => {
    const run = begun({ outputDir, runId: 'one' });
    expect(failure(() => createRunFolder({ outputDir, runId: 'two' }))).toMatchInlineSnapshot(
      `"RUN_FOLDER_IN_USE: expected a folder that no other run writes to, got OUTPUT, in use by run 'one' (process PID). Wait until it ends or cancel it, or choose another folder"`,
    );
    expect(failure(() => createRunFolder({ outputDir: 'x', runDirectory: run.folder }))).toContain(
      'OUTPUT/one, in use by run',
    );
    run.writeRecord(record('one', 'running'));
    expect(failure(() => resumeRunFolder(run.folder))).toContain('RUN_FOLDER_IN_USE');
    expect(readdirSync(outputDir).toSorted()).toEqual(['.lock', 'latest', 'one']);
    run.close();
    createRunFolder({ outputDir, runId: 'two' }).close();
  });

  test('other run directories are free', () => {
    const one = createRunFolder({ outputDir, runDirectory: join(outputDir, 'one') });
    const two = createRunFolder({ outputDir, runDirectory: join(outputDir, 'two') });
    expect([one.runId, two.runId]).toEqual(['one', 'two']);
    one.close();
    two.close();
  });
});

describe('an existing run', () => {
  test('that is completed is refused', () => {
    finished(begun({ outputDir, runId: 'r' }), 'completed');
    const before = readFileSync(join(outputDir, 'r', 'training_run.json'), 'utf8');
    expect(failure(() => createRunFolder({ outputDir, runId: 'r' }))).toMatchInlineSnapshot(
      `"RUN_EXISTS: expected a folder for a new run, got OUTPUT/r, which holds the completed work of run 'r'. Nothing was changed. Go on with that run by --resume-from OUTPUT/r, or choose another --run-id or --run-directory"`,
    );
    expect(readFileSync(join(outputDir, 'r', 'training_run.json'), 'utf8')).toBe(before);
    expect(readdirSync(outputDir).toSorted()).toEqual(['latest', 'r']);
  });

  test.each(['checkpoint/state.safetensors', 'adapter/adapter_config.json'])(
    'with %s is refused',
    (name) => {
      const run = createRunFolder({ outputDir, runId: 'r' });
      mkdirSync(run.adapterFolder, { recursive: true });
      if (name.startsWith('checkpoint')) rmSync(run.adapterFolder, { recursive: true });
      writeFileSync(join(run.folder, name), 'work');
      finished(run, 'failed');
      expect(failure(() => createRunFolder({ outputDir, runId: 'r' }))).toMatch(/^RUN_EXISTS/);
      expect(readFileSync(join(run.folder, name), 'utf8')).toBe('work');
    },
  );

  test('that failed before it had anything to keep may be begun again', () => {
    finished(createRunFolder({ outputDir, runId: 'r' }), 'failed');
    const again = createRunFolder({ outputDir, runId: 'r' });
    expect(again.previous).toBeNull();
    again.close();
    expect(readFileSync(join(again.folder, 'events.jsonl'), 'utf8').split('\n')).toHaveLength(2);
  });
});

describe('a resumed run', () => {
  test.each(['', 'checkpoint', 'checkpoint/state.safetensors'])(
    'is found by its folder/%s',
    (part) => {
      const run = begun({ outputDir, runId: 'r' });
      writeFileSync(run.checkpointFile, 'state');
      finished(run, 'completed');
      for (const folder of ['r', 'latest']) {
        const resumed = resumeRunFolder(join(outputDir, folder, part));
        expect(resumed.runId).toBe('r');
        expect(resumed.folder).toBe(run.folder);
        expect(resumed.previous).toEqual(record('r', 'completed'));
        resumed.close();
      }
    },
  );

  test('loses what a killed attempt was still writing, and nothing else', () => {
    const run = createRunFolder({ outputDir, runId: 'r' });
    writeFileSync(run.checkpointFile, 'state');
    writeFileSync(join(run.folder, 'checkpoint', '.state.safetensors.12-ab.tmp'), 'half');
    writeFileSync(join(run.folder, '.training_run.json.12-ab.tmp'), '{');
    finished(run, 'running');
    resumeRunFolder(run.folder).close();
    expect(readdirSync(join(run.folder, 'checkpoint'))).toEqual(['state.safetensors']);
    expect(readdirSync(run.folder).toSorted()).toEqual([
      'checkpoint',
      'events.jsonl',
      'training_run.json',
    ]);
  });

  test('must be one', () => {
    expect(failure(() => resumeRunFolder(join(outputDir, 'nowhere')))).toMatchInlineSnapshot(
      `"RUN_NOT_FOUND: expected OUTPUT/nowhere to be the folder of a run, or a checkpoint in one; found no training_run.json there. Give the folder that was printed when the run began, or <output-dir>/latest"`,
    );
    expect(failure(() => resumeRunFolder(outputDir))).toMatch(/^RUN_NOT_FOUND/);
  });

  test('must have a record that says what it is', () => {
    const run = createRunFolder({ outputDir, runId: 'r' });
    finished(run, 'failed');
    const file = join(run.folder, 'training_run.json');
    writeFileSync(file, JSON.stringify({ ...record('r', 'failed'), status: 'gone' }));
    expect(failure(() => resumeRunFolder(run.folder))).toMatchInlineSnapshot(
      `"RUN_RECORD_DAMAGED: OUTPUT/r/training_run.json: expected the record of a run, got something else: status: expected one of 'running', 'completed', 'interrupted', 'failed', got 'gone'. Restore the file, or choose another folder"`,
    );
    writeFileSync(file, '{"run_id":');
    expect(failure(() => createRunFolder({ outputDir, runId: 'r' }))).toMatch(
      /^RUN_RECORD_DAMAGED/,
    );
  });
});

describe('places where nothing can be written', () => {
  test('a file in the way', () => {
    writeFileSync(join(outputDir, 'file'), '');
    const inFile = { outputDir: join(outputDir, 'file'), runId: 'r' };
    expect(failure(() => createRunFolder(inFile))).toMatchInlineSnapshot(
      `"FILE_NOT_WRITABLE: OUTPUT/file could not be written: there is a file of that name. What the file held before is unchanged. Check the folder and its permissions, or write to another folder"`,
    );
    expect(
      failure(() => createRunFolder({ ...inFile, outputDir: join(outputDir, 'file/x') })),
    ).toMatch(/^FILE_NOT_WRITABLE/);
  });

  test('something of the name of the link to the newest run is kept', () => {
    writeFileSync(join(outputDir, 'latest'), 'mine');
    expect(failure(() => createRunFolder({ outputDir, runId: 'r' }))).toMatchInlineSnapshot(
      `"FILE_NOT_WRITABLE: OUTPUT/latest could not be written: there is something of that name that is no link. What the file held before is unchanged. Check the folder and its permissions, or write to another folder"`,
    );
    expect(readFileSync(join(outputDir, 'latest'), 'utf8')).toBe('mine');
  });

  test('a link to the newest run that leads nowhere is replaced', () => {
    symlinkSync('gone', join(outputDir, 'latest'));
    begun({ outputDir, runId: 'r' }).close();
    expect(readlinkSync(join(outputDir, 'latest'))).toBe('r');
  });
});

/** A new run that is the latest. */
function begun(place: RunPlace): RunFolder {
  const run = createRunFolder(place);
  run.becomeLatest();
  return run;
}

/** An event, a record, and closed. */
function finished(run: RunFolder, status: TrainingRun['status']): void {
  run.append({ type: 'phase', time: '2026-01-31T14:25:01Z', run_id: run.runId, phase: 'train' });
  run.writeRecord(record(run.runId, status));
  run.close();
}

function failure(open: () => RunFolder): string {
  try {
    open().close();
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    const text = error.message.replaceAll(outputDir, 'OUTPUT').replaceAll(`${process.pid}`, 'PID');
    return `${error.code}: ${text}`;
  }
  return 'opened';
}

function record(run_id: string, status: TrainingRun['status']): TrainingRun {
  return {
    run_id,
    status,
    base_model: 'base',
    method: 'lora',
    samples_used: 10,
    epochs: 3,
    learning_rate: 5e-5,
    final_loss: null,
    eval_loss: null,
    exact_match: null,
    trained_at: null,
    spec: sampleSpec(),
    plan: planSchema.parse({}),
    attempts: [],
    result: null,
    prediction: null,
    measured_peak_bytes: null,
    verdict: null,
    error: null,
  };
}
