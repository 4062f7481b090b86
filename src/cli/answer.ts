/** @file `plimsoll answer`: a model that stays open for orders, one a line. The service starts it. */
import type { Command } from '@commander-js/extra-typings';
import { createInterface } from 'node:readline';
import { planSchema } from '#protocol';
import { answerLines } from './answer-lines.ts';
import { chooseModel } from './model-choice.ts';
import {
  adapterOption,
  applyHubAccess,
  jsonOption,
  modelOption,
  offlineOption,
  revisionOption,
  threadsOption,
  tokenOption,
} from './shared-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll answer --need
  $ echo '{"type": "answer", "id": 1, "prompts": ["turn the heating down"], "choices": 1, "max_tokens": 20,
      "temperature": 0, "top_p": 1, "seed": 1, "stop": []}' | plimsoll answer`;

export function define(command: Command): void {
  command
    .description(
      'Keep a model open and answer orders: one JSON object a line on standard input, what is said of them on standard output, text by text. It ends with its input. plimsoll serve starts it for /v1/chat/completions and /v1/completions.',
    )
    .addOption(modelOption())
    .addOption(adapterOption())
    .option('--need', 'say what it takes of memory, in bytes, and end')
    .addOption(jsonOption('if it fails, say why as an object, too'))
    .addOption(threadsOption())
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .addHelpText('after', EXAMPLE)
    .action(async (options) => {
      applyHubAccess(options);
      const plan = planSchema.parse({ threads: options.threads });
      const asked = { ...chooseModel(options), plan };
      const { needToAnswer, openAnswerer } = await import('#train');
      if (options.need) {
        say(await needToAnswer(asked));
        return;
      }
      await using answerer = await openAnswerer(asked);
      await answerLines(answerer, createInterface({ input: process.stdin }), say);
    });
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
