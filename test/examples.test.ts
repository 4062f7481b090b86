/** @file What lies in examples/ fits this version: settings are accepted, metrics that are named are there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { plimsoll } from './plimsoll.ts';
import { call, firstTokenOf, startService, type TestService } from './service.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-examples-'));
let service: TestService;
let metrics: string;
beforeAll(async () => {
  service = await startService(join(folder, 'data'), '--memory', '700M');
  ({ body: metrics } = await call(service, 'GET /metrics', { token: firstTokenOf(service) }));
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

/** With those that Prometheus makes of a histogram, and the one that it adds to all. */
function names(): Set<string> {
  const all = new Set(['up']);
  for (const [, name = '', type] of metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    all.add(name);
    if (type === 'histogram')
      for (const part of ['bucket', 'sum', 'count']) all.add(`${name}_${part}`);
  }
  return all;
}

/** What stands in an expression where a metric can: no function, label, text, time or word of the language. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replaceAll(/\b(by|ignoring|on|without)\s*\([^)]*\)/g, ' ');
  const words = [...bare.matchAll(/[a-z_:][\w:]*(?!\w*\s*\()/gi)].map(([word]) => word);
  return words.filter((word) => !['and', 'or', 'unless', 'sum', 'by'].includes(word));
}

function alertExpressions(): string[] {
  const { groups } = parse(readFileSync('examples/alerts.yml', 'utf8'));
  return groups.flatMap(({ rules }: { rules: { expr: string }[] }) =>
    rules.map(({ expr }) => expr),
  );
}

function dashboardExpressions(): string[] {
  const { panels } = JSON.parse(readFileSync('examples/grafana-dashboard.json', 'utf8'));
  return panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
    targets.map(({ expr }) => expr),
  );
}

test('a metric is told from what stands around it', () => {
  const expression = 'histogram_quantile(0.99, sum by (le) (rate(a_bucket{b="c"}[5m]))) > 2 * d';
  expect(metricsIn(expression)).toEqual(['a_bucket', 'd']);
});

test('alerts and dashboard name metrics that /metrics prints', () => {
  const known = names();
  const named = [...alertExpressions(), ...dashboardExpressions()].map(metricsIn);
  expect(named.every((each) => each.length > 0)).toBe(true);
  expect(named.flat().filter((name) => !known.has(name))).toEqual([]);
});

test('Prometheus accepts the rules and the configuration', (context) => {
  const { error } = spawnSync('promtool', ['--version']);
  context.skip(error !== undefined, 'promtool is not there (Debian: prometheus)');
  for (const words of [
    ['check', 'rules', 'examples/alerts.yml'],
    ['check', 'config', '--syntax-only', 'examples/prometheus.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' });
    expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
  }
});

test('the settings are accepted', () => {
  const { status, stdout } = plimsoll('config', 'check', 'examples/service.yaml', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout).data_dir.value).toBe('/var/lib/plimsoll');
});

test('systemd accepts the unit', (context) => {
  const { error } = spawnSync('systemd-analyze', ['--version']);
  context.skip(error !== undefined, 'systemd-analyze is not there (Debian: systemd)');
  const unit = 'examples/plimsoll.service';
  const { stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  const lines = stderr.split('\n').filter((line) => line.includes('plimsoll.service'));
  // The program is not installed here, and versions before 254 do not know one key.
  const known = /is not executable|DelegateSubgroup|User=plimsoll|not found/;
  expect(lines.filter((line) => !known.test(line))).toEqual([]);
});
