import { assert, assertEquals } from "@std/assert";
import { Client, remote, TaskError } from "../../mod.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { LoneServer } from "../helpers/lone_server.ts";

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));
const PROGRAM = new URL("../fixtures/lone_server.ts", import.meta.url).pathname;

Deno.test({
  name: "a server whose disk fails says so, stops by itself, and has lost nothing that it accepted",
  // The limit that makes writes fail is one of these systems.
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "palpable-failing-" });
    const store = `${folder}/tasks.db`;
    const options = { store, numWorkers: 1, address: "127.0.0.1:0" };
    // A write beyond this size of a file fails, as one of a broken disk does.
    const limited = new Deno.Command("/bin/sh", {
      args: [
        ...["-c", 'trap "" XFSZ; ulimit -f 3000; exec "$@"', "sh", Deno.execPath(), "run", "-A", PROGRAM],
        JSON.stringify({ ...options, logLevel: "error" }),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const lines = limited.stdout.pipeThrough(new TextDecoderStream());
    const reader = lines.getReader();
    const address = (await reader.read()).value!.split("\n")[0];
    const accepted: string[] = [];
    let refusal: TaskError | null = null;
    {
      await using client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 0 });
      // Nothing else is written than what is submitted: else it may be a result whose write fails, and the server stops.
      await client.pause();
      const large = "x".repeat(60_000);
      while (refusal === null) {
        try {
          accepted.push((await client.submit((text: string) => text.length, large)).id);
        } catch (error) {
          refusal = error as TaskError;
        }
      }
    }
    await reader.cancel();
    await limited.stdin.close();
    const said = await new Response(limited.stderr).text();
    const { success } = await limited.status;
    assertEquals([refusal.code, success], ["STORE_FAILED", true]);
    assert(said.includes(`Cannot keep anything in ${store} any more`), said);
    assert(accepted.length >= 5, `${accepted.length} were accepted`);
    const next = await LoneServer.start({ ...options, isolation: "module" });
    try {
      await using client = await Client.connect({ address: next.address, authkey: AUTHKEY });
      await client.resume();
      const results = await Promise.all(accepted.map((id) => client.handle(id).result()));
      assertEquals(results, accepted.map(() => 60_000));
      assertEquals(await client.run(functions.square, 3), 9);
    } finally {
      await next[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
