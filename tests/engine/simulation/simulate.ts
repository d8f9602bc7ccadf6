/**
 * Runs a scenario to its end, and looks at everything after each event.
 *
 * @module
 */

import { INVARIANTS } from "./invariants.ts";
import type { Scenario } from "./scenario.ts";
import { RETENTION_MS, World } from "./world.ts";

/** So many events are enough for any scenario. */
const MAX_EVENTS = 300_000;

/** What a simulation went through. */
export interface Simulated {
  readonly events: number;
  readonly tasks: number;
}

/**
 * Simulates.
 *
 * @throws {Error} that names the first rule that was broken.
 */
export async function simulate(scenario: Scenario): Promise<Simulated> {
  const simulation = new Simulation(scenario);
  await simulation.run();
  return simulation;
}

class Simulation implements Simulated {
  events = 0;
  #world: World;

  constructor(scenario: Scenario) {
    this.#world = new World(scenario);
  }

  get tasks(): number {
    return this.#world.fates.size;
  }

  async run(): Promise<void> {
    const { agenda, clock, scenario } = this.#world;
    for (const step of scenario.steps) {
      const at = clock.now() + step.afterMs;
      while (agenda.nextAt <= at) await this.#event(() => agenda.step());
      clock.advance(at - clock.now());
      await this.#event(() => this.#world.act(step));
    }
    await this.#finish();
  }

  async #finish(): Promise<void> {
    const { scenario: { finish, graceMs }, clients } = this.#world;
    if (finish === "quiet") await this.#event(() => this.#world.quiet());
    if (finish === "kill") await this.#event(() => this.#world.killAll(graceMs));
    if (finish === "kill at once") await this.#event(() => this.#world.killAll(0));
    await this.#until(() => this.#world.unsettled === 0 && clients.every(({ isAway }) => !isAway));
    // What is on its way arrives, and is acknowledged; what clients have submitted again is settled too.
    const { clock } = this.#world;
    const at = clock.now() + 1000;
    await this.#until(() => clock.now() >= at && this.#world.unsettled === 0, at);
    if (!this.#world.isQuiet) await this.#event(() => this.#world.quiet());
    let isIdle = false;
    this.#world.dispatcher.stopping.whenIdle(() => {
      isIdle = true;
      if (this.#world.workers.size > 0) this.#world.violated("the server is said to be idle, and processes are alive");
    });
    await this.#until(() => false);
    if (!isIdle) this.#fail("the server never comes to rest");
    this.#requireNothingLeft();
  }

  async #until(isDone: () => boolean, at = Infinity): Promise<void> {
    const { agenda, clock } = this.#world;
    while (!isDone()) {
      if (agenda.nextAt === Infinity || agenda.nextAt > at) {
        if (at < Infinity) clock.advance(Math.max(0, at - clock.now()));
        if (at === Infinity || isDone()) return;
        at = Infinity;
        continue;
      }
      await this.#event(() => agenda.step());
    }
  }

  async #event(act: () => void): Promise<void> {
    const world = this.#world;
    if (++this.events > MAX_EVENTS) this.#fail("this never ends");
    try {
      act();
    } catch (error) {
      this.#fail(`the engine has thrown ${(error as Error).stack}`);
    }
    for (let n = 0; n < TICKS || world.isStarting; n++) await null;
    if (world.violations.length > 0) this.#fail(world.violations[0]);
    for (const holds of INVARIANTS) {
      const problem = holds(world);
      if (problem !== null) this.#fail(`${holds.name}: ${problem}`);
    }
  }

  #requireNothingLeft(): void {
    const world = this.#world;
    const { unsettled, workers, slots, queue, store, streams, dispatcher, clients, clock } = world;
    // What a server lets go that stops has no outcome.
    const isDrained = world.scenario.finish === "drain";
    const left = {
      unsettled,
      workers: workers.size + [...dispatcher.workers].length,
      taken: slots.taken,
      lent: slots.lent,
      resuming: slots.resuming,
      queue: queue.length + queue.bytes + queue.owners + queue.waiting.size,
      streams: streams.size,
      wanted: isDrained ? clients.reduce((sum, { wanted }) => sum + wanted.length, 0) : 0,
      awaited: !isDrained ? 0 : clients.reduce((sum, { session: { caller } }) => sum + caller.outbox.awaited.size, 0),
      timers: clock.timers.length,
    };
    for (const [what, count] of Object.entries(left)) if (count !== 0) this.#fail(`at the end ${what} is ${count}`);
    for (const { task, result } of world.fates.values()) {
      if (dispatcher.find(task.id) !== undefined) {
        this.#fail(`task ${task.id} ended ${result!.status} and is still found`);
      }
    }
    for (const client of clients) if (!client.isAway) dispatcher.leave(client.session.caller, "bye");
    clock.advance(RETENTION_MS);
    store.reap();
    if (store.kept > 0) this.#fail(`${store.kept} results are kept for callers that are gone`);
  }

  #fail(what: string): never {
    throw new Error(`${what} (event ${this.events}, at ${this.#world.clock.now()} ms)`);
  }
}

/** Microtasks that an event may take, one after the other. */
const TICKS = 8;
