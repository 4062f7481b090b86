/* Programs that end in one way each: `fault.js MODE [N]`. */
import { spawnSync } from 'node:child_process';

const [mode, word] = process.argv.slice(2);
const kept = [];

function grow(mib) {
  for (let i = 0; i < mib; i++) kept.push(Buffer.alloc(2 ** 20, 1));
}

const MODES = {
  /** outside V8's heap, and inside */
  grow: () => grow(Number(word)),
  heap: () => {
    for (let i = 0; i < Number(word); i++) {
      kept.push(Array.from({ length: 2 ** 17 }, (_, at) => i + at / 3));
    }
  },
  exit: () => process.exit(Number(word)),
  stay: () => {
    grow(Number(word));
    console.log(`filled ${process.pid}`);
    setInterval(() => {}, 1000);
  },
  child: () => {
    spawnSync(process.execPath, [import.meta.filename, 'grow', '400']);
    process.exit(Number(word));
  },
};
MODES[mode]();
