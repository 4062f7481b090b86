/**
 * @file The last step of the dashboard's build: each file compressed once, beside itself, so that the service need not;
 * and the build fails where all of it together has become more than a first view may take.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Of scripts, styles and the page, with gzip, which every browser takes: no page of it can be more. */
const MOST_BYTES = 200_000;

const brotli = {
  params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
};

export function compress(): Plugin {
  let folder = '';
  return {
    name: 'compress',
    apply: 'build',
    configResolved: ({ build }) => {
      folder = build.outDir;
    },
    closeBundle: () => {
      let total = 0;
      for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(html|js|css|svg)$/.test(path)) continue;
        const file = join(folder, path);
        const content = readFileSync(file);
        const gzip = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
        writeFileSync(`${file}.gz`, gzip);
        writeFileSync(`${file}.br`, brotliCompressSync(content, brotli));
        total += gzip.length;
      }
      if (total > MOST_BYTES) {
        throw new Error(
          `dist/web: expected at most ${MOST_BYTES} bytes compressed, got ${total}. What a page does not need at first is imported when it does`,
        );
      }
    },
  };
}
