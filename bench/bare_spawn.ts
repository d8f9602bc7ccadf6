/**
 * The limit of a process for each task: a bare spawn of an empty script.
 *
 * @module
 */

import { timeMs } from "./rows.ts";

const EMPTY = new URL("./empty.ts", import.meta.url).pathname;
/** The figure is that of a script of this package: which configuration is read makes up to a millisecond. */
const CONFIG = new URL("../deno.json", import.meta.url).pathname;

/** Spawns it and waits for its exit. */
export async function bareSpawn(): Promise<void> {
  const args = ["run", "--config", CONFIG, EMPTY];
  await new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "null", stderr: "null" }).spawn().status;
}

/**
 * Milliseconds of a bare spawn that has the machine to itself. Two spawns go before it, which is the time in which the
 * server starts its spares: the spawn that is measured does not compete with them, nor do they with what comes after.
 */
export async function spawnAfterSpares(): Promise<number> {
  await bareSpawn();
  await bareSpawn();
  return await timeMs(bareSpawn);
}

/** Many of them, some at a time. */
export async function bareSpawns(count: number, atATime: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (left-- > 0) await bareSpawn();
    }),
  );
}
