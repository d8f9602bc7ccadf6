/** Submits tasks that are not to run again when their server is lost. */
import { type Actor, tasks } from "../world.ts";

export const runningOnce: Actor = {
  name: "once",
  weight: 1,
  async act(world) {
    const told = world.ask("once", { attempts: 1, mostBegins: 1 });
    const once = world.with({ onServerLoss: "fail" });
    await world.submit(told, () => once.submit(tasks.work, told, world.random.int(0, 60)));
  },
};
