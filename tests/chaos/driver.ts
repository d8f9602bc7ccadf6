/**
 * Has actors act in one server after the other, each of which ends by a fault, and then in one that does not, in which all
 * that was accepted is to end.
 *
 * @module
 */

import type { Random } from "../helpers/random.ts";
import { ACTORS } from "./actors/all.ts";
import { holdHandles } from "./actors/hold.ts";
import type { Break } from "./breaks.ts";
import { check, type Violation } from "./checker.ts";
import type { Fault } from "./faults.ts";
import { readMarks } from "./history.ts";
import { ChaosServer, Place } from "./server.ts";
import { isGone, World } from "./world.ts";

/** Act at the same time. */
const AT_ONCE = 3;
/** More that nobody has taken are not left lying. */
const MOST_OPEN = 60;
/** Nor these in a pause, in which nobody takes any. */
const MOST_OPEN_IN_PAUSE = 150;
/** How often the one who pauses has its turn in a pause, which it ends then. */
const IN_PAUSE = 0.25;
/** A fault that has not ended its server by then never will. */
const PATIENCE_MS = 6000;
/** Nor will a server be there, or tasks end, that takes longer than this. */
const LIFE_MS = 90_000;

/** Nor will what the last server of a chain is left with. */
const FINISH_MS = 180_000;

/** How one server ended. */
export interface Ended {
  readonly fault: Fault;
  /** By the fault, not because it was killed when that did not come. */
  readonly byFault: boolean;
  /** What was not there before. */
  readonly violations: readonly Violation[];
}

/** What a chain of servers is to be. */
export interface ChainParams {
  readonly random: Random;
  readonly faults: readonly Fault[];
  readonly breakage: Break | null;
  onEnded(ended: Ended): void;
}

/**
 * Runs servers that have one store; ends early when a broken one was found out. Gives how many tasks of each actor were
 * accepted, and what else servers did: where there is none nothing was tried.
 */
export async function runChain({ random, faults, breakage, onEnded }: ChainParams): Promise<Map<string, number>> {
  await using place = await Place.make(breakage);
  const world = new World(place, random);
  const known = new Set<string>();
  const judge = (): Violation[] => {
    const history = { entries: world.entries, marks: readMarks(Deno.readTextFileSync(place.marks)) };
    const fresh = check(history).filter(({ rule, of }) => !known.has(`${rule} ${of}`));
    for (const { rule, of } of fresh) known.add(`${rule} ${of}`);
    return fresh;
  };
  const holding = new AbortController();
  const hold = () => {
    const held = holdHandles(world, holding.signal);
    // Whoever waits for it hears of it, if anybody does.
    held.catch(() => {});
    return held;
  };
  let held: Promise<void> | undefined;
  try {
    for (const fault of faults) {
      const server = new ChaosServer(place, fault.startWith?.(random, place));
      const byFault = await live(world, server, fault, () => held ??= hold());
      const violations = judge();
      onEnded({ fault, byFault, violations });
      if (breakage !== null && violations.length > 0) return countsOf(world);
    }
    holding.abort();
    await finish(world, held);
    const violations = judge();
    if (violations.length > 0) onEnded({ fault: { name: "none: what was left is taken" }, byFault: true, violations });
    return countsOf(world);
  } finally {
    holding.abort();
  }
}

/** A task's key is that of its actor with a number. */
function countsOf({ entries }: World): Map<string, number> {
  const done = entries.flatMap((entry) => {
    if (entry.what === "accepted") return [entry.key.replace(/-\d+$/, "")];
    return DONE.has(entry.what) ? [entry.what] : [];
  });
  return new Map(Array.from(Map.groupBy(done, (name) => name), ([name, { length }]) => [name, length]));
}

/** What servers have said of what is no task. */
const DONE = new Set<string>(["retried", "discarded", "paused", "resumed"]);

/** A server from its start to its end; gives whether it ended as it was to. */
async function live(world: World, server: ChaosServer, fault: Fault, onFirst: () => void): Promise<boolean> {
  const { random } = world;
  let gaveUp = false;
  let isGoneBy = false;
  const gone = server.gone.then(() => isGoneBy = true);
  const giveUp = () => {
    gaveUp = true;
    server.signal("SIGKILL");
  };
  let timer = setTimeout(() => {
    world.note({ what: "stuck" });
    giveUp();
  }, LIFE_MS);
  const endWithin = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, ms);
  };
  if (await server.started) {
    world.note({ what: "started" });
    try {
      await using client = await world.place.connect(0);
      world.client = client;
      onFirst();
      for (const actor of ACTORS) await actor.begin?.(world);
      let left = random.int(5, 45);
      let struck: unknown;
      await Promise.all(Array.from({ length: AT_ONCE }, () =>
        actUntil(world, () => isGoneBy, () => {
          if (--left !== 0) return;
          endWithin(PATIENCE_MS);
          world.refused += fault.refuses ?? 0;
          struck = fault.strike?.(server, random);
        })));
      await struck;
      // What has lost its client, and not its life, has heard of no fault.
      endWithin(PATIENCE_MS);
      await gone;
      await world.leave();
    } catch (error) {
      if (!isGone(error)) {
        giveUp();
        throw error;
      }
      endWithin(PATIENCE_MS);
    }
  }
  await gone;
  clearTimeout(timer);
  world.note({ what: "lost" });
  return !gaveUp;
}

/** Acts until the server is gone. */
async function actUntil(world: World, isOver: () => boolean, onActed: () => void): Promise<void> {
  const named = (wanted: string) => ACTORS.find(({ name }) => name === wanted)!;
  const [taking, pausing] = [named("take"), named("pause")];
  const turns = ACTORS.flatMap((actor) => Array.from({ length: actor.weight }, () => actor));
  const turnsInPause = turns.filter((actor) => actor !== pausing && !actor.waits);
  const next = () => {
    const { random, open, mayBePaused, isPausedForLong } = world;
    if (!mayBePaused) return open.size > MOST_OPEN ? taking : random.pick(turns);
    if (open.size > MOST_OPEN_IN_PAUSE) return pausing;
    // It is over soon: little else can be tried meanwhile.
    return !isPausedForLong && random.next() < IN_PAUSE ? pausing : random.pick(turnsInPause);
  };
  while (!isOver()) {
    const actor = next();
    try {
      await actor.act(world);
    } catch (error) {
      if (isGone(error)) return;
      throw error;
    }
    onActed();
  }
}

/** Nothing fails any more: all that was accepted ends, and is taken. What has not ended after a while never will. */
async function finish(world: World, held: Promise<void> | undefined): Promise<void> {
  const server = new ChaosServer(world.place);
  const timer = setTimeout(() => server.signal("SIGKILL"), FINISH_MS);
  try {
    if (!await server.started) throw new Error(`Cannot start a server on what is left: ${server.said}`);
    world.note({ what: "started" });
    await using client = await world.place.connect(60_000);
    world.client = client;
    for (const actor of ACTORS) await actor.finish?.(world);
    await held;
    await Promise.all([...world.open].map((id) => world.take(id)));
    // Those of which nobody heard that they were accepted.
    for await (const { id } of client.tasks()) await world.take(id);
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    clearTimeout(timer);
    server.signal("SIGKILL");
    await server.gone;
  }
  world.note({ what: "over" });
}
