import { Client, TaskCancelled } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { makeApp } from "./app.ts";

Deno.test("A reader who stays has progress and the answer; of one who leaves the task is cancelled", async () => {
  const authkey = crypto.randomUUID();
  await using server = await Server.start({ address: "127.0.0.1:0", authkey, logLevel: "none" });
  await using client = await Client.connect({ address: server.address, authkey });
  await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, makeApp(client).fetch);
  const site = `http://127.0.0.1:${web.addr.port}`;
  assertStringIncludes(await (await fetch(site)).text(), "EventSource");

  const left = events(await fetch(`${site}/pi/1000000`));
  const { value: task } = await left.next();
  assertEquals((await left.next()).value?.event, "progress");
  await left.return(undefined);
  await assertRejects(() => client.handle(task!.data).result(), TaskCancelled);

  const read = await Array.fromAsync(events(await fetch(`${site}/pi/200`)));
  assertEquals(read.at(-2), { event: "progress", data: { done: 200, total: 200 } });
  assertEquals([read.at(-1)?.event, read.at(-1)?.data.status], ["answer", "SUCCESS"]);
  assertAlmostEquals(read.at(-1)?.data.data, Math.PI, 0.01);

  const [, refused] = await Array.fromAsync(events(await fetch(`${site}/pi/none`)));
  assertEquals(refused.data.data, "RangeError: Cannot throw NaN rounds: at least one is needed");
});

/** The events of a response, as the EventSource of a page gives them. */
// deno-lint-ignore no-explicit-any
async function* events(response: Response): AsyncGenerator<{ event: string; data: any }> {
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + piece).split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, event, data] = block.match(/^event: (.*)\ndata: (.*)$/)!;
      yield { event, data: JSON.parse(data) };
    }
  }
}
