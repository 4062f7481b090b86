/**
 * @file Certificates that somebody added for Node (NODE_EXTRA_CA_CERTS). Node reads them before its first line,
 * with all that it trusts by itself: some 45 ms, and 5 MiB that stay. `plimsoll run` asks nothing of a network,
 * so bin/plimsoll starts it without, and they are given back here for its command.
 */
const ASIDE = 'PLIMSOLL_EXTRA_CA_CERTS';

export function giveBackCertificates(env: NodeJS.ProcessEnv = process.env): void {
  const file = env[ASIDE];
  if (file === undefined) return;
  delete env[ASIDE];
  env['NODE_EXTRA_CA_CERTS'] = file;
}
