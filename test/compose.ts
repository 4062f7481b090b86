/**
 * @file The service as its compose file starts it, in a container engine that is there. Names are the test's own, so
 * that nothing of a user's is touched; the image is made by Docker, from this machine alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCgroup, type MemoryGroup } from '#kernel';

export interface Limits {
  /** as a compose file has them: `512M` */
  readonly memory: string;
  readonly reserved: string;
}

export interface ComposedService {
  /** of its first process, seen from here */
  readonly pid: number;
  /** its container's, with the limit */
  readonly group: MemoryGroup;
  readonly logs: () => string;
  /** Runs a command in the container. What it printed; it may have been killed for memory. */
  readonly exec: (...words: string[]) => string;
  readonly copyIn: (from: string, to: string) => void;
  /** @param line `GET /health` */
  readonly call: (line: string, token?: string, body?: object) => unknown;
}

/** Of cgroup v1, here and in a container. */
const CGROUPS = '/sys/fs/cgroup';
const MEMORY = `${CGROUPS}/memory`;
const SERVICE = 'ai-automation-service';
/** As a shell and an engine tell of SIGKILL. */
const KILLED = 137;
const IMAGES = { BUILD_IMAGE: 'plimsoll-build:local', BASE_IMAGE: 'plimsoll-base:local' };

/** Null where all is there that the test needs. */
export function engineUnavailable(): string | null {
  if (process.getuid?.() !== 0) return "root is needed to read a container's control group";
  if (!works('docker', 'version')) return 'no Docker engine answers (DOCKER_HOST)';
  if (!works('docker-compose', 'version')) return 'docker-compose is not there';
  if (!works('busybox', 'true')) return 'busybox is not there, of which the base image is made';
  return null;
}

/** The same for Podman, which takes the image that Docker has built. */
export function podmanUnavailable(): string | null {
  if (!works('podman', 'info')) return 'Podman is not there';
  if (!works('podman-compose', 'version')) return 'podman-compose is not there';
  return null;
}

function works(program: string, ...words: string[]): boolean {
  return spawnSync(program, words).status === 0;
}

/** How each is called; `compose` so that it reads `deploy` and this folder's compose file. */
const ENGINES = {
  docker: { compose: ['docker-compose', '--compatibility', '--project-directory', '.'] },
  podman: { compose: ['podman-compose'] },
} as const;

export class Composition {
  readonly #engine: keyof typeof ENGINES;
  readonly #folder = mkdtempSync(join(tmpdir(), 'plimsoll-compose-'));
  readonly #name = `plimsoll-test-${process.pid}`;
  readonly #env = { ...process.env, ...IMAGES, PLIMSOLL_PORT: '18018' };

  constructor(engine: keyof typeof ENGINES) {
    this.#engine = engine;
  }

  build(): void {
    this.#run('scripts/container/base-image.sh', this.#engine);
    this.#limits({ memory: '512M', reserved: '256M' });
    this.#compose('build');
  }

  /** The image that another engine has built. */
  take(other: Composition): void {
    this.#run('sh', '-c', `${other.#engine} save ${this.#name} | ${this.#engine} load`);
  }

  /** A new container, the volume as it was. @param more lines of the service in the compose file */
  up(limits: Limits, more: readonly string[] = []): ComposedService {
    this.#limits(limits, more);
    this.#compose('up', '-d', '--force-recreate', SERVICE);
    return this.#running();
  }

  /** Stopped as `docker compose stop` does, and started again. */
  restart(): ComposedService {
    this.#compose('stop', SERVICE);
    this.#compose('start', SERVICE);
    return this.#running();
  }

  #running(): ComposedService {
    const pid = Number(this.inspect('{{.State.Pid}}'));
    const [group] = memoryCgroup(pid).groups;
    if (!group) throw new Error(`process ${pid} has no memory cgroup that can be seen`);
    return {
      pid,
      group,
      logs: () => this.#ask('logs', this.#name),
      exec: (...words) => this.#ask('exec', this.#name, ...words),
      copyIn: (from, to) => void this.#ask('cp', from, `${this.#name}:${to}`),
      call: (line, token, body) => this.#call(pid, line, token, body),
    };
  }

  /** Starts it under a limit in which it will not, and waits for its end. */
  ended(limits: Limits): { readonly code: number; readonly output: string } {
    this.#limits(limits, ['restart: "no"']);
    this.#compose('up', '-d', '--force-recreate', SERVICE);
    const code = Number(this.#ask('wait', this.#name).trim());
    return { code, output: this.#ask('logs', this.#name) };
  }

  /** Lines of the service: as docs/container.md has it, a group that it may write to, and no other (cgroup v1). */
  ownGroups(): string[] {
    const mount = `${MEMORY}/${this.#name}:${MEMORY}`;
    return [`user: '0:0'`, `cgroup_parent: /${this.#name}`, `volumes: ['${mount}']`];
  }

  inspect(format: string): string {
    return this.#ask('inspect', this.#name, '--format', format).trim();
  }

  /** By the image's own check, as the engine runs it. Throws where it is unhealthy. */
  checkHealth(): void {
    this.#ask('healthcheck', 'run', this.#name);
  }

  stats(): string {
    return this.#ask('stats', this.#name, '--no-stream');
  }

  down(): void {
    this.#compose('down', '--volumes');
    this.#ask('rmi', this.#name);
    // podman-compose leaves it there.
    if (this.#engine === 'podman') this.#ask('network', 'rm', `${this.#name}_default`);
    // The engine makes the parent of a group in each hierarchy, and leaves it there.
    for (const hierarchy of readdirSync(CGROUPS)) {
      const own = join(CGROUPS, hierarchy, this.#name);
      if (existsSync(own)) rmdirSync(own);
    }
    rmSync(this.#folder, { recursive: true });
  }

  get #override(): string {
    return join(this.#folder, 'override.yml');
  }

  #limits({ memory, reserved }: Limits, more: readonly string[] = []): void {
    const lines = [`image: ${this.#name}`, `container_name: ${this.#name}`, ...more];
    writeFileSync(
      this.#override,
      `services:
  ${SERVICE}:
${lines.map((line) => `    ${line}\n`).join('')}    deploy:
      resources:
        limits: {memory: ${memory}}
        reservations: {memory: ${reserved}}
`,
    );
  }

  #compose(...words: string[]): string {
    const [program, ...before] = ENGINES[this.#engine].compose;
    const files = ['-f', 'docker-compose.yml', '-f', this.#override];
    return this.#run(program, ...before, '-p', this.#name, ...files, ...words);
  }

  /** From the container's own network: where the engine has one of its own, published ports end there. */
  #call(pid: number, line: string, token = '', body?: object): unknown {
    const [method = '', path = ''] = line.split(' ');
    const sent = body === undefined ? [] : ['--data', JSON.stringify(body)];
    const inNetwork = [`--net=/proc/${pid}/ns/net`, 'curl', '--silent', '--request', method];
    const retried = ['--retry', '20', '--retry-connrefused', '--retry-delay', '1'];
    const header = ['--header', `Authorization: Bearer ${token}`];
    const url = `http://127.0.0.1:8018${path}`;
    const text = this.#run('nsenter', ...inNetwork, ...retried, ...header, ...sent, url);
    return JSON.parse(text);
  }

  #ask(...words: string[]): string {
    return this.#run(this.#engine, ...words);
  }

  #run(program: string, ...words: string[]): string {
    const options = { encoding: 'utf8', env: this.#env, maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr, error } = spawnSync(program, words, options);
    const killed = status === KILLED && words[0] === 'exec';
    if (status === 0 || killed) return words[0] === 'logs' ? stdout + stderr : stdout;
    throw new Error(`${program} ${words.join(' ')}: ${status}\n${stdout}${stderr}${error ?? ''}`);
  }
}
