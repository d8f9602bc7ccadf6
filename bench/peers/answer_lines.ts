/**
 * The side of a peer's program that speaks: see peer_process.ts.
 *
 * @module
 */

/** Says the version, then does what each line names and says how many milliseconds it took, until the input ends. */
export async function answerLines(version: string, works: Record<string, () => Promise<number>>): Promise<void> {
  console.log(JSON.stringify({ version }));
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    // The other side sends a line only after the answer to the one before.
    console.log(JSON.stringify({ ms: await works[text.trim()]() }));
  }
}
