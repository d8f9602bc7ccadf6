/**
 * What a client knows of the lives of its servers: so that a task that was lost with a server is told from one whose result
 * is gone. A server is asked once over each connection, by who has handles or misses something.
 *
 * @module
 */

import type { Source } from "./submitted_tasks.ts";

/** One life of a server, as it was seen over one connection. */
export class ServerLife {
  /** Null until it has said so, and for a server that does not. */
  id: string | null = null;
  /** Wall clock of the server, milliseconds. */
  startedAt = 0;
  /** Which store it has; null where tasks are in its memory only. */
  store: string | null = null;
  #question: () => Promise<unknown>;
  #asked: Promise<void> | null = null;

  /** `question` asks the server. */
  constructor(question: () => Promise<unknown>) {
    this.#question = question;
  }

  /** Asks it, once. Resolves when it has answered, or will not. */
  ask(): Promise<void> {
    return this.#asked ??= this.#question().then((answer) => this.#learn(answer), () => {});
  }

  /** What makes no sense says nothing. */
  #learn(answer: unknown): void {
    const [id, startedAt, store] = Array.isArray(answer) ? answer : [];
    if (typeof id !== "string" || !isTime(startedAt)) return;
    this.startedAt = startedAt;
    this.store = typeof store === "string" ? store : null;
    this.id = id;
  }
}

const GONE = "its result was taken, or it was kept for as long as results are kept";

/** Why a server does not know a task; undefined where nothing more than usual can be said. */
export function whyUnknown(source: Source | null, now: ServerLife | null): string | undefined {
  if (now === null || now.id === null) return undefined;
  const started = `this one was started at ${new Date(now.startedAt).toISOString()}`;
  if (source === null || source.life === null || source.life.id === null) {
    const lost = now.store === null ? "an earlier server had it in its memory" : "an earlier server did not store it";
    return `it never was, ${GONE}, or ${lost}: ${started}`;
  }
  const { life: then } = source;
  if (then.id === now.id) return GONE;
  if (!isStored(source)) {
    return `it was in the memory of an earlier server only, and is lost with that: ${started}`;
  }
  if (then.store === now.store) return GONE;
  const other = now.store === null ? "has none" : "has another, such as a backup that was put back";
  return `an earlier server had it in its store, and ${started} and ${other}`;
}

/** Whether the server that accepted a task keeps it in its store, where the next server finds it. */
export function isStored({ submission, life }: Source): boolean {
  const { durable, bound, profile } = submission;
  return life !== null && life.store !== null && durable !== false && !bound && !profile.stream;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(new Date(value).getTime());
}
