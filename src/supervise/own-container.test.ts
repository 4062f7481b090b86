/** @file Signs of a container, as engines leave them inside it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ownContainer } from './own-container.ts';

const ID = 'e51b0667b8d6a4be40a63f111790f07acf853a1419918bd469f5d60056981ea3';
const DOCKER = `744 722 254:0 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw`;
const PODMAN = `812 790 0:25 /containers/storage/overlay-containers/${ID}/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw`;

it.each([
  ['Docker', { '.dockerenv': '', 'proc/self/mountinfo': DOCKER }, { engine: 'docker', id: ID }],
  ['Docker, a mount table of its own', { '.dockerenv': '' }, { engine: 'docker', id: null }],
  [
    'podman',
    { 'run/.containerenv': '', 'proc/self/mountinfo': PODMAN },
    { engine: 'podman', id: ID },
  ],
])('%s', (_, files, expected) => {
  expect(ownContainer(machine(files))).toEqual({ kind: 'container', ...expected });
});

it('a pod, whatever engine runs it', () => {
  const root = machine({
    '.dockerenv': '',
    'var/run/secrets/kubernetes.io/serviceaccount/token': 'x',
  });
  expect(ownContainer(root)).toMatchObject({ kind: 'kubernetes', level: 'container' });
});

it('none', () => {
  expect(ownContainer(machine({}))).toBeNull();
});

function machine(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-container-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}
