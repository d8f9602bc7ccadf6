import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandFailed, UsageError } from "../../cli/cli_error.ts";
import { StandardInput } from "../../cli/standard_input.ts";
import { Client } from "../../mod.ts";
import { AUTHKEY_VARIABLE } from "../../client/authkey_file.ts";
import { Gate } from "../helpers/gate.ts";
import { Home, type Serving } from "../helpers/program.ts";

/** Standard input that comes in these pieces. */
function input(...pieces: string[]): StandardInput {
  return new StandardInput(ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece))));
}

async function write(serving: Serving, text: string): Promise<void> {
  const writer = serving.process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
}

Deno.test("StandardInput.options() reads the first line, however it comes, and drops the rest up to the end", async () => {
  assertEquals(await input("{}\n").options(), {});
  const whole = input('{"numWorkers":2,"authkey":"é"}\nmore\nand more');
  assertEquals(await whole.options(), { numWorkers: 2, authkey: "é" });
  await whole.end;
  await whole.end;
  assertEquals(await input('{"numW', 'orkers":', "2}", "\n").options(), { numWorkers: 2 });
  // The two bytes of é apart.
  const bytes = new TextEncoder().encode('{"authkey":"é"}\n');
  const torn = new StandardInput(ReadableStream.from([bytes.slice(0, 13), bytes.slice(13)]));
  assertEquals(await torn.options(), { authkey: "é" });
});

Deno.test("StandardInput.options() refuses what is no line of options, and does not show it", async () => {
  await assertRejects(() => input().options(), CommandFailed, "it ended before its first line did");
  await assertRejects(() => input('{"authkey":"secret"}').options(), CommandFailed, "it ended before");
  for (const line of ["", "secret", '{"authkey":"secret"', "null", "[]", '"secret"', "{}{}"]) {
    const error = await assertRejects(
      () => input(`${line}\n`).options(),
      UsageError,
      "the first line of standard input",
    );
    assert(!Deno.inspect(error).includes("secret"), error.message);
  }
  await assertRejects(() => input('{"no":1}\n').options(), UsageError, 'Cannot use the option "no"');
  await assertRejects(() => input('{"numWorkers":null}\n').options(), UsageError, "Cannot use numWorkers");
  await assertRejects(() => input("x".repeat(2 ** 20 + 1), "\n").options(), UsageError, "too long");
});

Deno.test("StandardInput.end resolves when standard input cannot be read", async () => {
  await new StandardInput(new ReadableStream({ start: (controller) => controller.error(new Error("broken")) })).end;
});

Deno.test("serve --options-from-stdin takes options and the key from there, before flags and the variable", async () => {
  await using home = await Home.make();
  const args = ["--address=127.0.0.1:0", "--workers=7", "--options-from-stdin"];
  await using serving = home.start(args, { [AUTHKEY_VARIABLE]: "variable" }, "piped");
  await write(serving, '{"authkey":"first line","numWorkers":3}\n');
  assertEquals(await serving.line(/^The key /), "The key is in the options from standard input");
  assert(!serving.output.includes("first line"));
  await using client = await Client.connect({ address: serving.address, authkey: "first line" });
  assertEquals((await client.status()).slots.total, 3);
  // Without the other flag its end is none of the server's business.
  await serving.process.stdin.close();
  assertEquals(await client.run(() => 1), 1);
});

Deno.test("serve --options-from-stdin takes the file of a key before the variable", async () => {
  await using home = await Home.make();
  const authkeyFile = await home.write("key", "from the file\n");
  const args = ["--address=127.0.0.1:0", "--options-from-stdin"];
  await using serving = home.start(args, { [AUTHKEY_VARIABLE]: "variable" }, "piped");
  await write(serving, JSON.stringify({ authkeyFile }) + "\n");
  assertEquals(await serving.line(/^The key /), `The key is in ${authkeyFile}`);
  await using client = await Client.connect({ address: serving.address, authkeyFile });
  assertEquals(await client.run(() => 1), 1);
  await serving.process.stdin.close();
});

Deno.test("serve --options-from-stdin takes a key before the flag's file", async () => {
  await using home = await Home.make();
  const args = ["--address=127.0.0.1:0", "--authkey-file=/missing", "--options-from-stdin"];
  await using serving = home.start(args, {}, "piped");
  await write(serving, '{"authkey":"first line"}\n');
  assertEquals(await serving.line(/^The key /), "The key is in the options from standard input");
  await serving.process.stdin.close();
});

Deno.test("serve --options-from-stdin exits with 1 when there are none, and with 2 when they cannot be used", async () => {
  await using home = await Home.make();
  const ended = await home.run(["--options-from-stdin"]);
  assertEquals([ended.code, ended.stdout], [1, ""]);
  assertStringIncludes(ended.stderr, "Cannot read options from standard input");
  await using serving = home.start(["--options-from-stdin"], {}, "piped");
  await write(serving, '{"numWorkers":0}\n');
  assertEquals(await serving.ended(), 2);
  assertStringIncludes(serving.output, "Cannot use numWorkers: it must be a whole number from 1");
  await serving.process.stdin.close().catch(() => {});
});

Deno.test("serve --stop-with-stdin kills what runs and exits with 0 when standard input ends", async () => {
  await using home = await Home.make();
  await using serving = home.start(["--address=127.0.0.1:0", "--stop-with-stdin"], {}, "piped");
  await serving.line(/^The key is in /);
  await using client = await Client.connect({
    address: serving.address,
    authkeyFile: home.authkeyFile,
    reconnectMs: 0,
  });
  using gate = new Gate();
  const { result } = await gate.send(client);
  await serving.process.stdin.close();
  await assertRejects(() => result, Error, "stopped");
  await gate.abandoned();
  assertEquals(await serving.ended(), 0);
  assertStringIncludes(serving.output, "Stopping (now)");
});
