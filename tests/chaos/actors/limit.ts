/** Submits tasks of which so many may run at once that name the same key. */
import { type Actor, tasks } from "../world.ts";

export const limiting: Actor = {
  name: "limit",
  weight: 2,
  async act(world) {
    const places = world.random.int(1, 2);
    const limit = { key: `door-${places}`, concurrency: places };
    const told = { ...world.ask("limit", { attempts: 1 }), holds: { name: limit.key, places } };
    await world.submit(told, () => world.with({ limit }).submit(tasks.work, told, world.random.int(0, 60)));
  },
};
