/**
 * @file `plimsoll run` tries again: real programs, real limits, real kills. How a trainer of ours goes on is
 * in recovery-training.test.ts.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, test } from 'vitest';
import { type AttemptRecord, type RunVerdict, runVerdictSchema } from '#protocol';
import { cgroupsUnavailable } from './cgroup.ts';

const COMMAND = resolve('bin/plimsoll');
const MIB = 2 ** 20;
const root = mkdtempSync(join(tmpdir(), 'plimsoll-recovery-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Says which attempt it is, takes 40 MiB for each of its batch, and ends with a code or by a signal. */
const PROGRAM = join(root, 'train.py');
writeFileSync(
  PROGRAM,
  `import os, signal, sys, time
print(os.environ["PLIMSOLL_ATTEMPT"], os.environ["PLIMSOLL_RUN_ID"], *sys.argv[1:], flush=True)
batch, end = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "0"
kept = bytearray(b"x") * (batch * 40 * 2**20)
time.sleep(0.3)
if end == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)
sys.exit(int(end))
`,
);
const train = (...words: string[]) => ['python3', PROGRAM, ...words];

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  /** what is ours of standard error: lines that begin with `plimsoll:` or `error:` */
  readonly said: readonly string[];
  readonly stderr: string;
  /** null where there is none */
  readonly verdict: RunVerdict | null;
}

let folders = 0;
const newFolder = () => {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
};

/** In a folder of its own, with a history of its own, unless told otherwise. */
function run(flags: readonly string[], command: readonly string[], folder = newFolder()): Ended {
  const file = join(folder, 'verdict.json');
  const words = [
    'run',
    '--verdict',
    file,
    ...flags,
    ...(command.length > 0 ? ['--', ...command] : []),
  ];
  const { status, stdout, stderr } = spawnSync(COMMAND, words, {
    cwd: folder,
    env: environment(folder),
    encoding: 'utf8',
  });
  const said = stderr.split('\n').filter((line) => /^(?:plimsoll|error):/.test(line));
  const verdict = existsSync(file)
    ? runVerdictSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : null;
  return { status, stdout, said, stderr, verdict };
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: join(folder, 'state') };
}

function explain(folder: string, ...words: string[]): string {
  const env = environment(folder);
  return spawnSync(COMMAND, ['explain', ...words], { env, encoding: 'utf8' }).stdout;
}

const unavailable = cgroupsUnavailable();
const inGroups = unavailable === null ? describe : describe.skip;
if (unavailable !== null) console.warn(`skipped: ${unavailable}`);

inGroups('a program that is killed for want of memory', () => {
  test('goes down its ladder, and the next run begins where it ended', () => {
    const folder = newFolder();
    const flags = ['--memory', '100M', '--ladder', 'batch-size=8,4,2,1'];
    const command = train('{batch-size}');
    const ended = run(flags, command, folder);
    const runId = /^1 (\S+)/.exec(ended.stdout)?.[1];
    expect(ended).toMatchObject({
      status: 0,
      stdout: `1 ${runId} 8\n2 ${runId} 4\n3 ${runId} 2\n`,
      said: [
        expect.stringMatching(
          /^plimsoll: attempt 1 ended after \S+ s: oom-own-limit, proven \(limit 100 MiB, set by --memory; peak 100 MiB\); attempt 2 now: batch-size=4, limit 100 MiB$/,
        ),
        expect.stringMatching(/attempt 2 ended .* attempt 3 now: batch-size=2, limit 100 MiB$/),
      ],
      verdict: {
        cause: 'completed',
        attempts: [
          {
            attempt: 1,
            cause: 'oom-own-limit',
            grade: 'proven',
            signal: 'SIGKILL',
            command: train('8'),
          },
          {
            attempt: 2,
            cause: 'oom-own-limit',
            grade: 'proven',
            signal: 'SIGKILL',
            command: train('4'),
          },
          {
            attempt: 3,
            cause: 'completed',
            exit_code: 0,
            command: train('2'),
            memory_bytes: 100 * MIB,
          },
        ],
      },
    });
    const explained = explain(folder);
    expect(explained).toMatch(/^run \S+, attempt 3, started/);
    expect(explained).toMatch(
      /^EARLIER ATTEMPTS\n.*\n1 +oom-own-limit, proven +SIGKILL .*\n2 +oom-own-limit/m,
    );
    const first: AttemptRecord = JSON.parse(explain(folder, '--attempt', '1', '--json'));
    expect(first).toMatchObject({
      attempt: 1,
      command: train('8'),
      verdict: { signal: 'SIGKILL' },
    });

    const second = run(flags, command, folder);
    expect(second.stdout).toMatch(/^1 \S+ 2\n$/);
    expect(second.said).toEqual([
      expect.stringMatching(
        /earlier runs of this command were killed under 100 MiB above batch-size=2, which came to its end, and took up to [\d.]+ MiB: beginning there/,
      ),
    ]);
    expect(second.verdict?.predicted_peak_bytes).toBe(ended.verdict?.peak_bytes);

    const larger = run(['--memory', '200M', ...flags.slice(2)], command, folder);
    expect(larger.stdout).toMatch(/^1 \S+ 8\n2 \S+ 4\n$/); // 8 was not tried with as much
  });

  test.each([
    ['30M..120M', ['4 30', '2 30', '2 60', '2 120'], 0, undefined],
    [
      '30M..50M',
      ['4 30', '2 30', '2 50'],
      137,
      'plimsoll: no further attempt: the ladder is at its end, and the limit is as high as --memory allows',
    ],
  ])('gets a higher limit at the end of its ladder: %s', (memory, tried, status, reason) => {
    const flags = ['--memory', memory, '--ladder', 'n=4,2', '--ladder', 'end=0'];
    const ended = run(flags, train('{n}', '{end}'));
    const attempts = ended.verdict?.attempts ?? [];
    expect(
      attempts.map(({ command, memory_bytes: bytes }) => `${command[2]} ${Number(bytes) / MIB}`),
    ).toEqual(tried);
    expect(ended.status).toBe(status);
    expect(ended.said.slice(tried.length - 1)).toEqual(reason === undefined ? [] : [reason]);
  });

  test('stops where its budget for that is spent, and says so after the report', () => {
    const flags = [
      '--memory',
      '60M',
      '--ladder',
      'n=9,8,7,6',
      '--memory-retries',
      '1',
      '--retries',
      '5',
    ];
    const { status, verdict, stderr } = run(flags, train('{n}'));
    expect(status).toBe(137);
    expect(verdict?.attempts).toHaveLength(2);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      'plimsoll: no further attempt: 2 ended for want of memory, and --memory-retries allows 1 attempts after such an end',
    );
    expect(stderr.match(/^OUT OF MEMORY/gm)).toHaveLength(1);
  });

  test('is warned of what earlier runs took', () => {
    const folder = newFolder();
    run([], train('2'), folder);
    const { said } = run(['--memory', '60M'], train('2'), folder);
    expect(said).toEqual([
      expect.stringMatching(
        /^plimsoll: earlier runs of this command took up to [\d.]+ MiB; the limit is 60 MiB$/,
      ),
    ]);
  });
});

test('a program that crashes is tried again when asked, each time later', () => {
  const { status, verdict, said } = run(
    ['--retries', '2', '--backoff', '0.4,3'],
    train('0', 'crash'),
  );
  expect(status).toBe(139);
  expect(said).toEqual([
    expect.stringMatching(
      /attempt 1 ended .*: crashed, proven .*; attempt 2 in 0.4 s: the same again$/,
    ),
    expect.stringMatching(/attempt 3 in 1.2 s: the same again$/),
    expect.stringMatching(/no further attempt: 3 ended with an error, and --retries allows 2 /),
  ]);
  const [first, second, third] = (verdict?.attempts ?? []).map(
    ({ started_at: start, seconds }) =>
      [Date.parse(start), Date.parse(start) + 1000 * seconds] as const,
  );
  expect(second![0] - first![1]).toBeGreaterThanOrEqual(400 - CLOCK_MS);
  expect(third![0] - second![1]).toBeGreaterThanOrEqual(1200 - CLOCK_MS);
});
/** Ends are measured by another clock than starts, which have whole milliseconds. */
const CLOCK_MS = 5;

test('an error is not tried again unasked, and nothing is said of it', () => {
  const { status, verdict, said } = run(['--ladder', 'n=1,0'], train('{n}', '3'));
  expect({ status, said, made: verdict?.attempts.length }).toEqual({
    status: 3,
    said: [],
    made: 1,
  });
});

test('a signal while it waits is the end', async () => {
  const folder = newFolder();
  const words = ['run', '--retries', '1', '--backoff', '600,1,600', '--', ...train('0', '3')];
  const plimsoll = spawn(COMMAND, words, { cwd: folder, env: environment(folder) });
  let stderr = '';
  plimsoll.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  while (!stderr.includes('attempt 2 in 10 min 0 s')) await sleep(20);
  plimsoll.kill('SIGINT');
  const code = await new Promise((done) => plimsoll.once('close', done));
  expect(code).toBe(3);
  expect(stderr).toMatch(/^plimsoll: no further attempt: SIGINT was sent before it began$/m);
});

const policy = (folder: string, text: string) => writeFileSync(join(folder, 'plimsoll.yaml'), text);

describe('plimsoll.yaml', () => {
  it('says all of it', () => {
    const folder = newFolder();
    policy(
      folder,
      `command: [python3, '${PROGRAM}', '{batch}', '{code}']
ladder:
  - batch: [1, 0]
  - code: [3]
retries: 1
backoff: { first: 0 }
`,
    );
    const { status, stdout, verdict } = run([], [], folder);
    expect({ status, made: verdict?.attempts.length }).toEqual({ status: 3, made: 2 });
    expect(stdout).toMatch(/^1 \S+ 1 3\n2 \S+ 1 3\n$/);
    // Flags win, and the command of the command line has nothing to do with the one in the file.
    expect(run(['--retries', '0'], [], folder).verdict?.attempts).toHaveLength(1);
    expect(run([], train('0'), folder)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/ 0\n$/),
    });
  });

  it('without a command is for any', () => {
    const folder = newFolder();
    policy(folder, 'retries: 1\nbackoff: {first: 0}\n');
    expect(run([], train('0', '3'), folder).verdict?.attempts).toHaveLength(2);
  });

  it.each([
    ['ladder:\n  n: [2, 1', /line 2: expected YAML, got text that is none: Flow sequence/],
    [
      'memory: 512M\nladder: {n: [1]}\nretrys: 3\n',
      /line 3: expected one of command, .* got 'retrys'/,
    ],
    ['retries: 1\nattempts: 0\n', /line 2: attempts: expected .*1 or more, got 0/],
    [
      '\nbackoff:\n  first: 1\n  factor: half\n',
      /line 4: backoff\.factor: expected a number, got 'half'/,
    ],
    [
      'retries: 1\nmemory: 2G..512M\n',
      /line 2: memory: expected the smaller limit first, got 2 GiB and then 512 MiB/,
    ],
    ['memory: much\n', /line 1: memory: expected a memory limit such as 512M/],
    ['retries: 1\nladder: {}\n', /line 2: ladder: expected a ladder, got an empty one/],
    ['ladder:\n- n: [2, 1]\n- m: []\n', /line 3: ladder: expected values for 'm'/],
    ['ladder:\n  x: [2, 1]\n', /line 1: expected a command with {x} in it/],
    ['command: sh -c "exit 3"\n', /line 1: command: expected simple words, or a list of them/],
    ['[1, 2]\n', /line 1: expected an object, got \[1,2\]/],
  ])('%j is refused by its line', (text, message) => {
    const folder = newFolder();
    policy(folder, text);
    const command = text.startsWith('command') ? [] : ['touch', join(folder, 'ran'), '{n}'];
    const { status, stderr } = run([], command, folder);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(message)]);
    expect(status).toBe(1);
    expect(readdirSync(folder)).toEqual(['plimsoll.yaml']);
  });

  it('that is named must be there', () => {
    const { status, said } = run(['--policy', 'no.yaml'], ['touch', 'ran']);
    expect({ status, said }).toEqual({
      status: 1,
      said: [expect.stringMatching(/got no.yaml, which cannot be read: there is no such file/)],
    });
  });
});

describe('flags that cannot be meant', () => {
  it.each([
    [
      ['--ladder', 'n=2,1'],
      ['touch', 'ran'],
      /--ladder: expected a command with {n} in it, .* got one without placeholders/,
    ],
    [['--ladder', 'n=2,1'], ['touch', 'ran', '{n}', '{m}'], /--ladder: expected a ladder for {m}/],
    [['--memory', '256M..512M'], ['touch', 'ran', '{m}'], /--ladder: expected a ladder for {m}/],
    [['--ladder', 'n='], ['touch', '{n}'], /--ladder: expected values for 'n'/],
    [['--ladder', ''], ['touch', '{n}'], /--ladder: expected a placeholder and its values/],
    [
      ['--memory', '2G..512M'],
      ['touch', 'ran'],
      /--memory: expected the smaller limit first, got 2 GiB and then 512 MiB\. Write 512M\.\.2G/,
    ],
    [['--memory', '1M..2M..3M'], ['touch', 'ran'], /--memory: expected one limit or two/],
    [['--memory', '..2G'], ['touch', 'ran'], /expected a memory limit such as 512M/],
    [
      ['--attempts', '0'],
      ['touch', 'ran'],
      /--attempts: expected a whole number from 1 to 1000, got '0'/,
    ],
    [
      ['--backoff', '1,0.5'],
      ['touch', 'ran'],
      /--backoff: expected a factor of 1 or more, got '0.5'/,
    ],
    [['--backoff', 'soon'], ['touch', 'ran'], /--backoff: expected seconds, 0 or more, got 'soon'/],
    [['--unestablished', 'x'], ['touch', 'ran'], /Allowed choices are memory, error, stop/],
    [
      ['--ladder', 'n=touch,nosuch-program'],
      ['{n}', 'ran'],
      /nosuch-program: expected a command to run/,
    ],
  ])('%j %j', (flags, command, message) => {
    const folder = newFolder();
    const { status, stderr } = run(flags, command, folder);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(message)]);
    expect(status).toBe(message.source.includes('nosuch') ? 127 : 2);
    expect(readdirSync(folder).filter((name) => name !== 'state')).toEqual([]);
  });

  test('braces are nobody’s business where no attempt is to differ', () => {
    expect(run([], ['echo', '{n}', '{{m}}'])).toMatchObject({ status: 0, stdout: '{n} {{m}}\n' });
  });
});
