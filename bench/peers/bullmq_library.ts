/**
 * BullMQ and its Redis client, for the processes that are this peer. They run without this package's `deno.json`.
 *
 * @module
 */

import { REDIS } from "./redis.ts";

/** What of BullMQ is used here. */
export interface Bullmq {
  Queue: new (name: string, options: unknown) => {
    waitUntilReady(): Promise<unknown>;
    addBulk(jobs: { name: string; data: unknown }[]): Promise<unknown>;
    pause(): Promise<void>;
    resume(): Promise<void>;
    drain(): Promise<void>;
    obliterate(options: { force: boolean }): Promise<void>;
    close(): Promise<void>;
  };
  QueueEvents: new (name: string, options: unknown) => {
    waitUntilReady(): Promise<unknown>;
    on(event: "completed", listener: (completed: { returnvalue: unknown }) => void): void;
    close(): Promise<void>;
  };
  Worker: new (name: string, work: (job: { data: number }) => Promise<number>, options: unknown) => {
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
}

/** A connection to Redis. */
export interface Redis {
  info(section: string): Promise<string>;
  disconnect(): void;
}

/** Loads both. Their names are computed, else `deno check` and the lock file would want them from everyone. */
export async function loadBullmq(): Promise<{ bullmq: Bullmq; connect(): Redis; version: string }> {
  // Optional, and of native code; newer versions of it name packages for other platforms that not every registry has.
  await importNpm("msgpackr-extract@3.0.4").catch(() => {});
  const bullmq = await importNpm("bullmq@^6") as Bullmq;
  const { Redis } = await importNpm("ioredis@^5") as { Redis: new (options: unknown) => Redis };
  const { default: { version } } = await importNpm("bullmq@^6/package.json", { with: { type: "json" } }) as {
    default: { version: string };
  };
  return {
    bullmq,
    version,
    connect: () => new Redis({ host: REDIS.hostname, port: REDIS.port, maxRetriesPerRequest: null }),
  };
}

function importNpm(name: string, options?: ImportCallOptions): Promise<unknown> {
  return import(`npm:${name}`, options);
}
