/** Pauses the server and resumes it; some servers end in between. */
import { type Actor, lasts, type World } from "../world.ts";

/** A switch that is under way: there is one at a time. */
const underWay = new WeakMap<World, Promise<void>>();

/** So many of all pauses outlive their servers. */
const FOR_LONG = 0.3;

async function look(world: World): Promise<boolean> {
  const isPaused = (await world.client.status()).pausedAt !== null;
  world.note({ what: "pause seen", isPaused });
  return isPaused;
}

async function pause(world: World): Promise<void> {
  world.note({ what: "pausing" });
  world.mayBePaused = true;
  world.isPausedForLong = world.random.next() < FOR_LONG;
  if (await lasts(world.client.pause())) world.note({ what: "paused" });
}

async function resume(world: World): Promise<void> {
  world.note({ what: "resuming" });
  if (!await lasts(world.client.resume())) return;
  world.note({ what: "resumed" });
  world.mayBePaused = false;
}

async function change(world: World): Promise<void> {
  await look(world);
  if (!world.mayBePaused) return await pause(world);
  // What begins though it may not has time for that.
  const ms = world.random.pick([0, 100, 400, 800]);
  await new Promise((resolve) => setTimeout(resolve, ms));
  await resume(world);
}

export const pausing: Actor = {
  name: "pause",
  weight: 1,
  async begin(world) {
    world.isPausedForLong = false;
    await look(world);
  },
  async act(world) {
    if (!underWay.has(world)) underWay.set(world, change(world).finally(() => underWay.delete(world)));
    await underWay.get(world);
  },
  async finish(world) {
    // Also where it is not to be: that was noted, and what waits is to end.
    if (await look(world) || world.mayBePaused) await resume(world);
  },
};
