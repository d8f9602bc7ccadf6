/** Outputs of a server that take nothing any more: nobody reads, the reader has gone, the disk is full. */
import { assert, assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { AUTHKEY } from "../fixtures/pair.ts";

const SERVER = new URL("../../server.ts", import.meta.url).pathname;
const IS_UNIX = Deno.build.os !== "windows";
const IS_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;

async function chatter(lines: number): Promise<number> {
  for (let i = 0; i < lines; i++) {
    console.log("x".repeat(500));
    console.error("y".repeat(500));
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return lines;
}

function start(args: string[] = []): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SERVER, "--address", "127.0.0.1:0", ...args],
    env: { PALPABLE_AUTHKEY: AUTHKEY },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Reads until it says where it listens. */
async function addressOf(output: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  while (!text.includes("The key is in")) text += new TextDecoder().decode((await output.read()).value);
  return /listens on (\S+)/.exec(text)![1];
}

/** It serves, though much is said; then it stops when it is told to. */
async function servesAndStops(child: Deno.ChildProcess, address: string): Promise<void> {
  {
    await using client = await Client.connect({ address, authkey: AUTHKEY });
    assertEquals(await client.run(chatter, 3000), 3000);
    assertEquals(await client.run((x: number) => x + 1, 1), 2);
    assertEquals((await client.status()).state, "running");
  }
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
}

Deno.test("R9: a server goes on whose output's reader has gone, as `head -1` does", { ignore: !IS_UNIX }, async () => {
  const child = start();
  const output = child.stdout.getReader();
  const address = await addressOf(output);
  await Promise.all([output.cancel(), child.stderr.cancel()]);
  await servesAndStops(child, address);
});

Deno.test("R9: a server goes on of which only standard error is not read", { ignore: !IS_UNIX }, async () => {
  const child = start();
  const output = child.stdout.getReader();
  const address = await addressOf(output);
  const drained = (async () => {
    while (!(await output.read()).done);
  })();
  await servesAndStops(child, address);
  await Promise.all([drained, child.stderr.cancel()]);
});

Deno.test("R9: a server goes on whose log folder's disk is full, and says so", { ignore: !IS_ROOT }, async (test) => {
  const folder = await Deno.makeTempDir();
  const mount = new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", folder] });
  const { success } = await mount.output().catch(() => ({ success: false }));
  // Root in a container may not mount.
  if (!success) await test.step({ name: "no file system can be mounted here", ignore: true, fn: () => {} });
  else {
    try {
      const child = start(["--log-folder", folder]);
      const output = child.stdout.getReader();
      const address = await addressOf(output);
      const errors = new Response(child.stderr).text();
      const drained = (async () => {
        while (!(await output.read()).done);
      })();
      await servesAndStops(child, address);
      await drained;
      assert((await errors).includes(`Lines of the log files in ${folder} are lost`));
    } finally {
      await new Deno.Command("umount", { args: [folder] }).output();
    }
  }
  await Deno.remove(folder);
});
