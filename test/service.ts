/** @file A service as a process of its own, called over HTTP on the loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceRun, serviceRunSchema } from '#protocol';

const COMMAND = 'bin/plimsoll';

export interface TestService {
  readonly child: ChildProcess;
  readonly url: string;
  /** what it printed until it listened */
  readonly stdout: string;
  /** its log so far */
  readonly log: () => string;
  /** Ends it, and waits until it has. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it expects
  readonly body: any;
}

export async function startService(dataDir: string, ...words: string[]): Promise<TestService> {
  return await startServiceBy([COMMAND], dataDir, ...words);
}

/** As process 1 of process ids of its own, as in a container: SIGKILL ends all that is in there. It needs root. */
export async function startContained(dataDir: string, ...words: string[]): Promise<TestService> {
  const unshare = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return await startServiceBy([...unshare, COMMAND], dataDir, ...words);
}

/** In a control group, whose limit is then the one that it finds around it. @param folder of the group */
export async function startWithin(
  folder: string,
  dataDir: string,
  ...words: string[]
): Promise<TestService> {
  const enter = ['/bin/sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', folder];
  return await startServiceBy([...enter, COMMAND], dataDir, ...words);
}

async function startServiceBy(
  [program = '', ...before]: readonly string[],
  dataDir: string,
  ...words: string[]
): Promise<TestService> {
  const all = [...before, 'serve', '--port', '0', '--data-dir', dataDir, ...words];
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, log] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('listening on')) resolve();
    });
    void ended.then((code) => reject(new Error(`the service ended with ${code}: ${log}`)));
  });
  return {
    child,
    url: /listening on (\S+)/.exec(stdout)?.[1] ?? '',
    stdout,
    log: () => log,
    end: async (signal) => {
      child.kill(signal);
      return await ended;
    },
  };
}

export function firstTokenOf({ stdout }: TestService): string {
  return /first token.*: (\S+)$/m.exec(stdout)?.[1] ?? '';
}

/** @param call `GET /health` */
export async function call(
  { url }: TestService,
  line: string,
  { token, body }: { readonly token?: string; readonly body?: object | string } = {},
): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(`${url}${path}`, {
    method,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

/** The id of a run that is asked for. */
export async function triggerRun(
  service: TestService,
  token: string,
  order: object,
): Promise<number> {
  const line = 'POST /api/v1/admin/training/trigger';
  const { body } = await call(service, line, { token, body: order });
  return serviceRunSchema.parse(body).id;
}

/** The run as soon as it is as `isSo` asks. */
export async function runWhen(
  service: TestService,
  token: string,
  id: number,
  isSo: (run: ServiceRun) => boolean,
): Promise<ServiceRun> {
  for (;;) {
    const { body } = await call(service, `GET /api/v1/admin/training/runs/${id}`, { token });
    const run = serviceRunSchema.parse(body);
    if (isSo(run)) return run;
    if (run.finishedAt !== null) throw new Error(`run ${id}: ${run.status}: ${run.errorMessage}`);
    await sleep(200);
  }
}
