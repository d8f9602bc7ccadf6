/** Submits tasks that fail: some have as many attempts as they need, others do not. */
import { type Actor, tasks } from "../world.ts";

export const retrying: Actor = {
  name: "retry",
  weight: 2,
  async act(world) {
    const { random } = world;
    const attempts = random.int(1, 4);
    const told = world.ask("retry", { attempts });
    const retried = world.with({ retry: { attempts, delayMs: random.pick([0, 20, 300]) } });
    await world.submit(told, () => retried.submit(tasks.failBefore, told, random.int(2, 6)));
  },
};
