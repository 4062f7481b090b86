/** @file What Compose writes on a container, as versions 1.29 and 2 do. */
import { expect, it } from 'vitest';
import { labelsIn } from './compose-labels.ts';

const labels = (changes: Readonly<Record<string, string>>) =>
  labelsIn(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(changes).map(([name, value]) => [`com.docker.compose.${name}`, value]),
      ),
    ),
  );

it.each([
  [
    {
      service: 'api',
      'project.config_files': 'docker-compose.yml',
      'project.working_dir': '/srv/home',
    },
    { service: 'api', file: '/srv/home/docker-compose.yml' },
  ],
  [
    {
      service: 'api',
      'project.config_files': '/srv/home/compose.yaml',
      'project.working_dir': '/srv',
    },
    { service: 'api', file: '/srv/home/compose.yaml' },
  ],
  // which of several files has the limit is not told
  [
    { service: 'api', 'project.config_files': '/srv/a.yml,/srv/b.yml' },
    { service: 'api', file: null },
  ],
  [{ service: 'api' }, { service: 'api', file: null }],
  [{ project: 'home' }, null],
  [{}, null],
])('%j', (written, expected) => {
  expect(labels(written)).toEqual(expected);
});

it('a container without labels', () => {
  expect(labelsIn('null')).toBeNull();
});
