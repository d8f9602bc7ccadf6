/** A schedule whose times are all to fire, in whatever server. */
import { task } from "../../../mod.ts";
import { readMarks } from "../history.ts";
import { type Actor, lasts, tasks, type World } from "../world.ts";

const NAME = "often";
const EVERY_MS = 700;
const OFTEN = { everyMs: EVERY_MS, overlap: "allow", catchUp: "all" } as const;

/** When it was due first. */
const firsts = new WeakMap<World, number>();

async function set(world: World): Promise<void> {
  const told = { marks: world.place.marks, key: NAME };
  world.note({ what: "asked", key: NAME, rules: { attempts: 1 } });
  const { schedules } = world.with();
  // It may be there: nobody heard the answer of a server that was lost, or the disk was full.
  if (await schedules.get(NAME) === null && !await lasts(schedules.set(NAME, OFTEN, task(tasks.work, told, 0)))) return;
  const { nextAt, runs, skipped } = (await schedules.get(NAME))!;
  firsts.set(world, nextAt! - (runs + skipped) * EVERY_MS);
}

/** Notes how often it was due, which the time says, and how often it ran, which the server says. */
async function look(world: World): Promise<void> {
  const at = Date.now();
  const info = await world.client.schedules.get(NAME);
  // One that was set and is no more was due at least once.
  const { runs = 0, skipped = 0, nextAt = firsts.get(world)! + EVERY_MS } = info ?? {};
  const due = Math.round((nextAt! - firsts.get(world)!) / EVERY_MS);
  world.note({ what: "fired", key: NAME, due, runs, skipped, refused: world.refused }, at);
}

/** Takes a result of its runs. */
async function takeOne(world: World): Promise<void> {
  const taken = new Set(world.entries.flatMap((entry) => entry.what === "seen" && entry.isTaken ? [entry.id] : []));
  const marks = readMarks(Deno.readTextFileSync(world.place.marks)).filter(({ key }) => key === NAME);
  const id = marks.find(({ id }) => !taken.has(id))?.id;
  if (id !== undefined) await world.take(id);
}

export const scheduling: Actor = {
  name: "schedule",
  weight: 1,
  waits: true,
  async act(world) {
    if (!firsts.has(world)) return await set(world);
    await look(world);
    await takeOne(world);
  },
  async finish(world) {
    if (!firsts.has(world)) return;
    await look(world);
    const { runs, skipped } = await world.client.schedules.pause(NAME);
    world.note({ what: "fired", key: NAME, due: runs + skipped, runs, skipped, refused: 0 });
  },
};
