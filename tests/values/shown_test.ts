/** Texts of others are data where they are carried, and escaped where they are shown. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Client } from "../../mod.ts";
import { encode } from "../../wire/codec.ts";
import { Home } from "../helpers/program.ts";

const STEERS = "\x1b[2J\x9b31m\u202e";
/** Whatever steers is none of these any more. */
const STEERING = new RegExp(`[${STEERS.replace(/[^\p{C}]/gu, "")}]`, "u");
const SHOWN = "\\x1b[2J\\x9b31m\\u{202e}";

Deno.test("V15: an error's message arrives as it is, and the server's console shows it escaped", async () => {
  await using home = await Home.make();
  await using serving = await home.serve(["--address=127.0.0.1:0", "--log-level=debug"]);
  await using client = await Client.connect({ address: serving.address, authkeyFile: home.authkeyFile });
  const fail = (text: string) => {
    throw new Error(text);
  };
  const error = await assertRejects(() => client.run(fail, `begin ${STEERS} end`), Error);
  assertEquals(error.message, `begin ${STEERS} end`);
  await serving.line(/begin .* end/);
  await client.with({ name: STEERS }).run(() => console.log("printed \x1b[2J"));
  await serving.line(/printed/);
  assertStringIncludes(serving.output, `begin ${SHOWN} end`);
  assertEquals(STEERING.exec(serving.output), null);
});

Deno.test("V15: the command shows escaped what a server says, as text and as JSON", async () => {
  await using home = await Home.make();
  await home.write("key", "secret\n");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  const refusing = (async () => {
    for await (const conn of listener) {
      await conn.read(new Uint8Array(1024));
      const frame = encode(["refused", "INTERNAL", `no ${STEERS}`]);
      await conn.write(new Uint8Array([0, 0, 0, frame.length, ...frame]));
      await conn.closeWrite();
      // Until the other side has gone.
      while (await conn.read(new Uint8Array(1024)) !== null);
      conn.close();
    }
  })().catch(() => {});
  const { code, stderr } = await home.run(["status", "--address", address, `--authkey-file=${home.folder}/key`]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `no ${SHOWN}`);
  listener.close();
  await refusing;
});

Deno.test("V15: status --json is the same JSON, and steers no terminal", async () => {
  await using home = await Home.make();
  await using serving = await home.serve(["--address=127.0.0.1:0"]);
  await using client = await Client.connect({ address: serving.address, authkeyFile: home.authkeyFile });
  const handle = await client.with({ name: STEERS }).submit(() => new Promise(() => setInterval(() => {}, 1000)));
  await home.run(["status", "--address", serving.address]);
  const { stdout } = await home.run(["status", "--json", "--address", serving.address]);
  const names = JSON.parse(stdout).workers.map(({ taskName }: { taskName: string }) => taskName);
  assert(names.includes(STEERS), names.join());
  assertEquals(STEERING.exec(stdout), null);
  await handle.cancel();
});
