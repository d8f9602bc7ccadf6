/** Submits tasks that fail, has some of those that have failed run again, drops some, and leaves others where they are. */
import { type Actor, lasts, tasks, type World } from "../world.ts";

/** Of these tasks it makes use; those of others stay as they are. */
const USED = /^(letter|retry)-/;

/** Those of which the driver has taken that they failed, and that nobody has asked for since. */
function standing({ entries, open }: World): string[] {
  const keys = new Map<string, string>();
  const failed = new Set<string>();
  for (const entry of entries) {
    if (entry.what === "accepted") keys.set(entry.id, entry.key);
    else if (entry.what === "seen" && entry.isTaken && entry.status === "failed") failed.add(entry.id);
    else if (entry.what === "retrying" || entry.what === "discarding") failed.delete(entry.id);
  }
  return [...failed].filter((id) => USED.test(keys.get(id) ?? "") && !open.has(id));
}

async function submit(world: World): Promise<void> {
  const told = world.ask("letter", { attempts: 1 });
  await world.submit(told, () => world.with().submit(tasks.failBehindStep, told, world.random.int(2, 5)));
}

/** Notes all that there are. */
async function list(world: World): Promise<void> {
  const from = Date.now();
  const failed = await Array.fromAsync(world.client.tasks({ state: "failed" }));
  const ids = failed.filter(({ deadLetter }) => deadLetter !== null).map(({ id }) => id);
  world.note({ what: "letters", from, ids });
}

async function deal(world: World, ids: readonly string[], verb: "retry" | "discard"): Promise<void> {
  const [asked, done] = verb === "retry" ? ["retrying", "retried"] as const : ["discarding", "discarded"] as const;
  for (const id of ids) {
    // It has raised how the task failed, and would go on with that.
    world.handles.delete(id);
    world.note({ what: asked, id });
  }
  const left = new Set(ids);
  const deal = async () => {
    const { refused } = await world.client[verb](ids);
    const others = new Map(refused.map(({ id, error }) => [id, error]));
    for (const id of ids) {
      if (others.get(id)?.code === "UNKNOWN_TASK") world.note({ what: "unknown", id });
      if (others.has(id)) continue;
      world.note({ what: done, id });
      if (verb === "discard") left.delete(id);
    }
  };
  try {
    await lasts(deal());
  } finally {
    // How it ends now, or how it had ended where nothing came of this.
    for (const id of left) world.open.add(id);
  }
}

/** Up to so many of these. */
function some(world: World, ids: readonly string[], most: number): string[] {
  return [...new Set(Array.from({ length: most }, () => world.random.pick(ids)))];
}

export const dealingWithLetters: Actor = {
  name: "letter",
  weight: 3,
  begin: list,
  async act(world) {
    const { random } = world;
    const ids = standing(world);
    const what = ids.length === 0 ? "submit" : random.pick(["submit", "submit", "retry", "retry", "discard", "list"]);
    if (what === "submit") await submit(world);
    else if (what === "list") await list(world);
    else if (what === "retry") await deal(world, some(world, ids, random.int(1, 3)), "retry");
    else await deal(world, some(world, ids, 1), "discard");
  },
  async finish(world) {
    await list(world);
    const discarded = world.entries.flatMap((entry) => entry.what === "discarded" ? [entry.id] : []);
    await Promise.all(discarded.map((id) => world.take(id)));
  },
};
