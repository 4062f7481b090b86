/** @file Writes the generated pages: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { generatedPages } from './pages.ts';

for (const { file, text } of await generatedPages()) {
  writeFileSync(
    file,
    await format(text, { parser: 'markdown', singleQuote: true, printWidth: 100 }),
  );
  console.log(file);
}
