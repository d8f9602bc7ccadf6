/**
 * A client and a server in programs of their own; the key comes from the environment. Prints:
 *
 *     25
 *     progress 1 of 2, progress 2 of 2, done
 *     log: halfway
 *     the server has stopped
 */

import { Client } from "@palpable/palpable";

const key = crypto.randomUUID();
const program = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", new URL("server.ts", import.meta.url).pathname, "127.0.0.1:0"],
  env: { PALPABLE_AUTHKEY: key },
  stdout: "piped",
}).spawn();
const { value } = await program.stdout.pipeThrough(new TextDecoderStream()).values().next();

await using client = await Client.connect({ address: value!.trim(), authkey: key });
console.log(await client.run((x: number) => x * x, 5));

const lines = client.logs();
const firstLine = lines.next(); // listens from here on
const handle = await client.submit(async () => {
  const messenger = await new Promise((resolve) => setTimeout(resolve, 50))
    .then(() => (globalThis as never)[Symbol.for("palpable.messenger")] as { progress(a: number, b: number): void });
  messenger.progress(1, 2);
  console.log("halfway");
  await new Promise((resolve) => setTimeout(resolve, 50));
  messenger.progress(2, 2);
  return "done";
});
const reports: string[] = [];
for await (const { done, total } of handle.progress) reports.push(`progress ${done} of ${total}`);
console.log([...reports, await handle.result()].join(", "));
console.log(`log: ${(await firstLine).value?.text}`);

await client.quit();
await program.status;
console.log("the server has stopped");
