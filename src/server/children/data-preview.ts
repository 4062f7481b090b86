/** @file Asks `plimsoll data show` what a run would read, in a process of its own. */
import { check, type DataPreview, dataPreviewSchema } from '#protocol';
import { type ChildQueue, parsed, type Refusal } from './child-queue.ts';

export type PreviewAnswer =
  | { readonly kind: 'seen'; readonly preview: DataPreview }
  | ({ readonly kind: 'refused' } & Refusal);

export interface DataPreviewer {
  /** @param words flags of `plimsoll train` */
  ask(words: readonly string[], signal: AbortSignal): Promise<PreviewAnswer>;
}

export function dataPreviewOf(children: ChildQueue): DataPreviewer {
  return {
    ask: async (words, signal) => {
      const { stdout, refusal } = await children.ask(['data', 'show', '--json', ...words], signal);
      const preview = check(dataPreviewSchema, parsed(stdout)).value;
      return preview ? { kind: 'seen', preview } : { kind: 'refused', ...refusal };
    },
  };
}
