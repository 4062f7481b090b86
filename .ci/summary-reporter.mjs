/**
 * @file A reporter of vitest's that writes, into the file CI_TEST_SUMMARY, every skipped test with its
 * reason, what failed, and one line of counts. Reasons come from `context.skip(reason)`, or from a
 * line `skipped: ...` that the test's file printed.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const PRINTED_REASON = /^skipped: .*$/gm;

// oxlint-disable-next-line import/no-default-export -- vitest takes a reporter's default export
export default class SummaryReporter {
  #printed = new Map();

  onUserConsoleLog({ content, taskId }) {
    const reasons = content.match(PRINTED_REASON) ?? [];
    if (reasons.length === 0) return;
    this.#printed.set(taskId, [...(this.#printed.get(taskId) ?? []), ...reasons]);
  }

  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const lines = [];
    const tell = (state, name, why) => {
      counts[state]++;
      if (state !== 'passed') lines.push(`${state}: ${name}${why ? `\n  ${why}` : ''}`);
    };
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        const why = note ?? this.#printed.get(module.id)?.join('\n  ');
        // A test that is still pending at the end never ran: that is no success.
        const known = Object.hasOwn(counts, state) ? state : 'failed';
        tell(known, `${file} > ${test.fullName}`, known === 'skipped' ? why : '');
      }
      for (const group of [module, ...module.children.allSuites()]) {
        for (const error of group.errors()) tell('failed', file, error.message);
      }
    }
    for (const error of unhandledErrors) tell('failed', 'outside any test', error.message);
    if (counts.passed + counts.failed === 0) tell('failed', 'all', 'no test ran');
    const total = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    const file = process.env.CI_TEST_SUMMARY;
    if (file) writeFileSync(file, `${[...lines, total].join('\n')}\n`);
    if (counts.failed > 0) process.exitCode = 1;
  }
}
