/** Submits tasks and cancels them, while they wait, run, or are over. */
import { type Actor, lasts, tasks } from "../world.ts";

export const cancelling: Actor = {
  name: "cancel",
  weight: 1,
  async act(world) {
    const { random } = world;
    const told = world.ask("cancel", { attempts: 1 });
    const delayMs = random.pick([0, 1500, 1500]);
    const id = await world.submit(told, () => world.with({ delayMs }).submit(tasks.work, told, random.int(0, 200)));
    if (id === null) return;
    let count = 0;
    const cancelled = world.client.cancel(id).then((all) => count = all);
    const isCancelled = await lasts(cancelled) && count === 1;
    // One that runs has to end first: until then a server that is lost has told nobody.
    if (isCancelled && delayMs > 0) world.note({ what: "cancelled", id });
  },
};
