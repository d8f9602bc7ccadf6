/** Submits tasks with a step, whose value a later attempt is given. */
import { type Actor, tasks } from "../world.ts";

export const stepping: Actor = {
  name: "step",
  weight: 2,
  async act(world) {
    const told = world.ask("step", { attempts: 1 });
    await world.submit(told, () => world.with().submit(tasks.step, told, world.random.int(0, 300)));
  },
};
