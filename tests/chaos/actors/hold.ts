/**
 * Holds handles over the ends of servers: its client connects again, and submits again what a server does not know. It
 * goes on beside the others, from the first server to the last.
 */
import { TaskError } from "../../../mod.ts";
import { tasks, type World } from "../world.ts";

/** Goes on until it is told to stop, and then until it has all results. */
export async function holdHandles(world: World, signal: AbortSignal): Promise<void> {
  await using client = await world.place.connect(120_000);
  while (!signal.aborted) {
    const told = Array.from({ length: 3 }, () => world.ask("held", { attempts: 1 }));
    await Promise.all(told.map(async (one) => {
      try {
        const handle = await world.with({}, client).submit(tasks.work, one, world.random.int(0, 300));
        world.note({ what: "accepted", key: one.key, id: handle.id });
        const value = await handle.result();
        world.note({ what: "seen", id: handle.id, status: "succeeded", value, isTaken: true });
      } catch (error) {
        // A full disk, or one that fails.
        if (!(error instanceof TaskError) || !error.code.startsWith("STORE_")) throw error;
        world.note({ what: "refused", key: one.key, code: error.code });
      }
    }));
  }
}
