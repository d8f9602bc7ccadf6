/** Submits tasks of which one at a time may be unfinished under a key. */
import { type Actor, tasks } from "../world.ts";

export const makingUnique: Actor = {
  name: "unique",
  weight: 2,
  async act(world) {
    const { random } = world;
    const key = `report ${random.int(1, 2)}`;
    const unique = { key, onConflict: random.pick(["join", "refuse"] as const) };
    const told = { ...world.ask("unique", { attempts: 1 }), holds: { name: key, places: 1 } };
    await world.submit(told, () => world.with({ unique }).submit(tasks.work, told, random.int(0, 100)));
  },
};
