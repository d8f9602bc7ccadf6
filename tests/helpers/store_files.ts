/** Files of stores, for tests of what is in them. */
import { DatabaseSync } from "node:sqlite";
import { Packer } from "../../core/packer.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Result } from "../../engine/result.ts";
import { type QueueItem, TaskRecord } from "../../engine/task.ts";
import type { Claim, Submitted } from "../../engine/task_store.ts";
import { SqliteStore, type SqliteStoreParams } from "../../store/sqlite/store.ts";
import { FakeClock } from "./fake_clock.ts";
import { durableOrigin } from "./task_record.ts";
import { testOrigins } from "./test_origins.ts";

/** A folder that goes away with all that is in it. */
export class StoreFolder implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "palpable-store-" });
  readonly path = `${this.folder}/tasks.db`;
  readonly clock = new FakeClock();
  #packer = new Packer();

  /** Opens the file; gives what was in it, too. */
  async open(params: Partial<SqliteStoreParams> = {}): Promise<{ store: SqliteStore; claim: Claim }> {
    const { clock, path } = this;
    const limits = { capacity: 1000, retentionMs: 60_000, ballastBytes: 0, leastFreeBytes: 0 };
    const store = await SqliteStore.open({ path, clock, ...limits, ...params });
    return { store, claim: store.claim(testOrigins()) };
  }

  /** It succeeds with this text. */
  async settle(store: SqliteStore, id: string, text: string): Promise<void> {
    const task = store.get(id)!;
    const outcome = { status: "succeeded" as const, payload: new TextEncoder().encode(text) };
    await store.settle(task, Result.of(task, outcome, this.clock, this.#packer), 0);
  }

  /** A file with 300 tasks of two submissions, of which two are over; gives the ids. */
  async filled(): Promise<string[]> {
    const { store } = await this.open();
    const tasks = [...tasksOf(200), ...tasksOf(100, "another input")];
    await store.submit(durableOrigin(), tasks.slice(0, 200));
    await store.submit(durableOrigin({ lane: "2" }), tasks.slice(200));
    const ids = tasks.map(([id]) => id);
    await this.settle(store, ids[0], "first");
    await this.settle(store, ids[250], "other");
    await store[Symbol.asyncDispose]();
    return ids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** So many tasks. */
export function tasksOf(count: number, text = "input"): Submitted[] {
  return Array.from({ length: count }, (_, n) => [uuidv7(), new TextEncoder().encode(`${text} ${n}`)] as const);
}

/** The ids of what is to be queued. */
export function idsOf(items: readonly QueueItem[]): string[] {
  return items.flatMap((item) => item instanceof TaskRecord ? [item.id] : [...item.records].map(({ id }) => id));
}

/** How many rows there are of this kind. */
export function rowsIn(path: string, table: string): number {
  const db = new DatabaseSync(path);
  const { n } = db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number };
  db.close();
  return n;
}
