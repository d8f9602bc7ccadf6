/** Submits tasks, alone and together, that take a while or none. */
import { type Actor, tasks } from "../world.ts";

export const submitting: Actor = {
  name: "submit",
  weight: 4,
  async act(world) {
    const { random } = world;
    const count = random.pick([1, 1, 1, 2, 6]);
    await Promise.all(Array.from({ length: count }, () => {
      const told = world.ask("work", { attempts: 1 });
      return world.submit(told, () => world.with().submit(tasks.work, told, random.int(0, 30)));
    }));
  },
};
