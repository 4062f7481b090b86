/**
 * @file Makes the bundled example data, one household's history as a SQLite database:
 *   npx tsx --conditions=source scripts/make-example-data.ts [--out assets/examples/household.db] [--seed 7]
 * The same seed gives the same rows and, with the same version of SQLite, the same bytes.
 */
import { parseArgs } from 'node:util';
import { historyRows } from './example-data/history.ts';
import { writeHistory } from './example-data/write-history.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'assets/examples/household.db' },
    seed: { type: 'string', default: '7' },
  },
});

const rows = historyRows(Number(values.seed));
const bytes = writeHistory(values.out, rows);
console.log(`${values.out}: ${rows.length} rows, ${bytes} bytes`);
