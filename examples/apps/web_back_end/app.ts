/** The web back end: a route that starts a task, tells how far it is, and ends the task when its reader leaves. */

import { type Client, remote, toAnswer } from "@palpable/palpable";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

const darts = remote<typeof import("./darts.ts")>(import.meta.resolve("./darts.ts"));

/** The routes, for whoever serves them. */
export function makeApp(client: Client): Hono {
  return new Hono()
    .get("/", () => fetch(import.meta.resolve("./page.html")))
    .get("/pi/:rounds", (c) =>
      streamSSE(c, async (sse) => {
        const send = (event: string, data: unknown) => sse.writeSSE({ event, data: JSON.stringify(data) });
        const reader = new AbortController();
        sse.onAbort(() => reader.abort());

        const task = await client.with({ signal: reader.signal }).submit(darts.pi, Number(c.req.param("rounds")));
        await send("task", task.id);
        for await (const { done, total } of task.progress) await send("progress", { done, total });
        // Of a reader who has left the task is cancelled by now.
        if (!sse.aborted) await send("answer", toAnswer(await client.queryResult(task.id, { waitMs: -1 })));
      }));
}
