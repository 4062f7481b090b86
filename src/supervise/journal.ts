/** @file What programs wrote into systemd's journal (journalctl(1)), for machines without a syslog daemon. */
import { execFileSync } from 'node:child_process';

/**
 * Lines of these programs (SYSLOG_IDENTIFIER) since a time in milliseconds (Date.now). Null where there is no
 * journal, or it is not ours to read, or it takes too long: a verdict does not wait for it.
 */
export function journalLines(programs: readonly string[], since: number): string[] | null {
  const from = `--since=@${(since / 1000).toFixed(3)}`;
  const words = [from, '--quiet', '--no-pager', '--output=cat', '--lines=1000'];
  try {
    const text = execFileSync('journalctl', [...words, ...programs.map((name) => `-t${name}`)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: WITHIN_MS,
      killSignal: 'SIGKILL',
    });
    return text.split('\n').filter(Boolean);
  } catch {
    return null;
  }
}

/** Some 10 ms on a quiet machine; where much else runs, a right verdict that is late beats a wrong one. */
const WITHIN_MS = 1000;
