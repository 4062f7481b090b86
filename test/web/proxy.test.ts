/** @file The dashboard behind a proxy that speaks TLS: its cookie is one that no other host can set, and TLS alone carries. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstTokenOf, startService, type TestService } from '../service.ts';
import { NO_BROWSER, openBrowser, visitAs } from './browser.ts';

const NO_PROXY =
  spawnSync('openssl', ['version']).status === 0 ? null : 'needs openssl: it makes a certificate';
const WHY_NOT = NO_BROWSER ?? NO_PROXY;
if (WHY_NOT !== null) console.warn(`skipped: ${WHY_NOT}`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
let browser: Browser;
let service: TestService;
let proxy: Server;

/** Of nobody that is known, for a day. */
function certificate(): { readonly key: Buffer; readonly cert: Buffer } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const words = ['-subj', '/CN=127.0.0.1', '-days', '1', '-keyout', key, '-out', cert];
  spawnSync('openssl', ['req', '-x509', ...kind, ...words]);
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Hands everything on, as a proxy does, and says what it speaks. */
async function startProxy(to: string): Promise<Server> {
  const server = createServer(certificate(), (asked, answer) => {
    const { method, headers, url } = asked;
    const { host } = headers;
    const told = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host };
    const own = { ...headers, ...told, host: new URL(to).host };
    const onward = request(`${to}${url}`, { method, headers: own }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe.skipIf(WHY_NOT !== null)(`behind a proxy${WHY_NOT ? `: ${WHY_NOT}` : ''}`, () => {
  beforeAll(async () => {
    service = await startService(folder, '--memory', '700M');
    proxy = await startProxy(service.url);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    proxy?.closeAllConnections();
    proxy?.close();
    await service?.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  test('one signs in, is told what happens, changes something, and signs out', async () => {
    const address = proxy.address();
    const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
    const options = { ignoreHTTPSErrors: true };
    const { page, complaints } = await visitAs(browser, firstTokenOf(service), url, options);
    const [cookie] = await page.context().cookies();
    expect(cookie?.name).toMatch(/^__Host-plimsoll_session_[0-9a-f]{8}$/);
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict', path: '/' });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('Nothing has been trained yet.').waitFor();
    await page.getByRole('button', { name: 'Start Training', exact: true }).click();
    await page.waitForURL(/\/runs\/1$/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await page.locator('.run-head .badge.cancelled').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
