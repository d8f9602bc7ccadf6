/** Submits tasks that are to begin later, some of them in another server. */
import { type Actor, tasks } from "../world.ts";

export const delaying: Actor = {
  name: "delay",
  weight: 1,
  async act(world) {
    const delayMs = world.random.pick([1, 50, 400, 1500]);
    const told = world.ask("delay", { attempts: 1, notBefore: Date.now() + delayMs });
    await world.submit(told, () => world.with({ delayMs }).submit(tasks.work, told, 0));
  },
};
