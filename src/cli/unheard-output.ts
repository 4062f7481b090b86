/** @file A reader that has gone (`| head`) does not make the work wrong: it goes on, unheard. */

/** Before the first word. Making the stream takes 2 ms, which `plimsoll run`, that prints nothing, need not wait for. */
export function goOnUnheard(): void {
  process.stdout.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
  });
}
