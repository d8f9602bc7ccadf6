/** Looks at how tasks have ended, and takes that. */
import type { Actor } from "../world.ts";

export const taking: Actor = {
  name: "take",
  weight: 5,
  waits: true,
  async act(world) {
    const ids = [...world.open];
    if (ids.length === 0) return;
    const id = world.random.pick(ids);
    if (world.random.next() < 0.4) await world.peek(id);
    else await world.take(id);
  },
};
