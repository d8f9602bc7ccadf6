/**
 * What actors of the kill matrix act in: the present client, the random numbers, and the book of what was seen.
 *
 * @module
 */

import { type Client, remote, ServerOffline, TaskError, type TaskHandle, type TaskOptions } from "../../mod.ts";
import type { Random } from "../helpers/random.ts";
import { type Entry, isOver, type NewEntry, type Rules } from "./history.ts";
import type { Place } from "./server.ts";
import type { Told } from "./tasks.ts";

/** Does one small thing to a server. Throws when that is gone. */
export interface Actor {
  readonly name: string;
  /** How often it has its turn, among all. */
  readonly weight: number;
  act(world: World): Promise<void>;
  /** True when it waits for tasks to end: not while the server is paused. @default {false} */
  readonly waits?: boolean;
  /** In each server, before anybody acts. */
  begin?(world: World): Promise<void>;
  /** Once nothing fails any more, before all that is left is taken. */
  finish?(world: World): Promise<void>;
}

/** The tasks, for clients. */
export const tasks = remote<typeof import("./tasks.ts")>(import.meta.resolve("./tasks.ts"));

/** What is there, and what was seen. */
export class World {
  readonly place: Place;
  readonly random: Random;
  readonly entries: Entry[] = [];
  /** Of the server that there is: it does not connect again, and so submits nothing again. */
  client!: Client;
  /** Accepted, and not taken by anybody. */
  readonly open = new Set<string>();
  /**
   * Of what the present client has submitted: a client takes the results of its handles when its server says that it stops,
   * and then they are nowhere else.
   */
  readonly handles = new Map<string, TaskHandle>();
  /** Somebody has paused the server, or tried to, and has not heard that it is resumed. */
  mayBePaused = false;
  /** It is to stay so until this server is lost. */
  isPausedForLong = false;
  /** So many due times may have been refused. */
  refused = 0;
  #keys = 0;

  constructor(place: Place, random: Random) {
    this.place = place;
    this.random = random;
  }

  note(entry: NewEntry, at = Date.now()): void {
    this.entries.push({ at, ...entry } as Entry);
  }

  /** A task is about to be submitted; gives what it is to be told. */
  ask(kind: string, rules: Rules): Told {
    const key = `${kind}-${++this.#keys}`;
    this.note({ what: "asked", key, rules });
    return { marks: this.place.marks, key };
  }

  /** What the tasks may do, and what else is asked for. */
  with(options: TaskOptions = {}, client = this.client): Client {
    const { folder } = this.place;
    return client.with({ permissions: { read: [folder], write: [folder] }, ...options });
  }

  /** Submits a task, and notes what the server says; gives the id, or null where it was refused. */
  async submit({ key }: Told, submit: () => Promise<TaskHandle>): Promise<string | null> {
    try {
      const handle = await submit();
      const { id } = handle;
      this.handles.set(id, handle);
      this.note({ what: "accepted", key, id });
      this.open.add(id);
      return id;
    } catch (error) {
      if (!(error instanceof TaskError) || isGone(error)) throw error;
      this.note({ what: "refused", key, code: error.code });
      return null;
    }
  }

  /** Takes how a task has ended, once it has. */
  async take(id: string): Promise<void> {
    this.open.delete(id);
    const handle = this.handles.get(id) ?? this.client.handle(id);
    let answer: { status: string; value: string };
    try {
      answer = { status: "succeeded", value: String(await handle.result()) };
    } catch (error) {
      if (isGone(error)) {
        this.open.add(id);
        throw error;
      }
      if (error instanceof TaskError && error.code === "UNKNOWN_TASK") return this.note({ what: "unknown", id });
      const isCancelled = error instanceof TaskError && error.code === "TASK_CANCELLED";
      answer = { status: isCancelled ? "cancelled" : "failed", value: (error as Error).message };
    }
    this.note({ what: "seen", id, ...answer, isTaken: true });
  }

  /** The present client's server is gone: what that client has taken is noted. */
  async leave(): Promise<void> {
    const open = [...this.handles.keys()].filter((id) => this.open.has(id));
    await Promise.all(open.map((id) => this.take(id).catch(requireGone)));
    this.handles.clear();
  }

  /** Looks at how a task has ended, where it has, and leaves it there. */
  async peek(id: string): Promise<void> {
    const result = await this.client.queryResult(id, { peek: true });
    if (result === null) {
      // Another actor may have taken it meanwhile, or the client.
      if (!this.open.has(id)) return;
      return this.handles.has(id) ? await this.take(id) : this.note({ what: "unknown", id });
    }
    const { status, data, error } = result;
    if (!isOver(status)) return;
    this.note({
      what: "seen",
      id,
      status,
      value: status === "succeeded" ? String(data) : error!.message,
      isTaken: false,
    });
  }
}

function requireGone(error: unknown): void {
  if (!isGone(error)) throw error;
}

/** The connection is lost, not the task. */
export function isGone(error: unknown): boolean {
  return error instanceof ServerOffline || (error instanceof TaskError && GONE.has(error.code));
}

/**
 * False where the disk is full: what was asked for is done, and may be undone when this server is lost, so that nothing is
 * said of it.
 */
export async function lasts(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof TaskError && error.code === "STORE_FULL") return false;
    throw error;
  }
}

const GONE = new Set<string>(["CONNECTION_CLOSED", "SERVER_STOPPING", "TASK_KILLED_BY_QUIT"]);
