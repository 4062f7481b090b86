/* Fills so many MiB: `fault.js buffers N` outside V8's heap, `fault.js heap N` inside. */
const [mode, mib] = process.argv.slice(2);
const kept = [];
for (let i = 0; i < Number(mib); i++) {
  if (mode === 'buffers') kept.push(Buffer.alloc(2 ** 20, 1));
  else kept.push(Array.from({ length: 2 ** 17 }, (_, at) => i + at / 3));
}
