import { assertEquals, assertStringIncludes } from "@std/assert";
import { Client } from "../../mod.ts";
import { AUTHKEY } from "../fixtures/pair.ts";

const SERVER = new URL("../../server.ts", import.meta.url).pathname;
const IS_UNIX = Deno.build.os !== "windows";

async function chatter(lines: number): Promise<number> {
  for (let i = 0; i < lines; i++) {
    console.log("x".repeat(500));
    console.error("y".repeat(500));
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return lines;
}

Deno.test(
  "R9: a server whose standard output nobody reads goes on, and stops when told to",
  { ignore: !IS_UNIX },
  async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", SERVER, "--address", "127.0.0.1:0"],
      env: { PALPABLE_AUTHKEY: AUTHKEY },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = child.stdout.getReader();
    let text = "";
    while (!text.includes("The key is in")) text += new TextDecoder().decode((await output.read()).value);
    const [, address] = /listens on (\S+)/.exec(text)!;
    {
      await using client = await Client.connect({ address, authkey: AUTHKEY });
      assertEquals(await client.run(chatter, 3000), 3000);
      assertEquals(await client.run((x: number) => x + 1, 1), 2);
      assertEquals((await client.status()).state, "running");
    }
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
    await Promise.all([output.cancel(), child.stderr.cancel()]);
  },
);

Deno.test("R9: the last line of a server whose output is read arrives", { ignore: !IS_UNIX }, async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SERVER, "--address", "127.0.0.1:0"],
    env: { PALPABLE_AUTHKEY: AUTHKEY },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.getReader();
  let text = "";
  while (!text.includes("The key is in")) text += new TextDecoder().decode((await output.read()).value);
  child.kill("SIGTERM");
  for (;;) {
    const { value, done } = await output.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  assertStringIncludes(text, "Stopped");
  assertEquals((await child.status).code, 0);
});
