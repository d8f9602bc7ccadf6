import { assertEquals } from "@std/assert";
import { OutputTap } from "../../host/output_tap.ts";
import { StandardError } from "../../process/standard_error.ts";

/** An outlet, with what is written and pushed, in order. */
function setUp(most = Infinity) {
  const acts: unknown[] = [];
  const file = { isClosed: false, text: "" };
  const decoder = new TextDecoder();
  const peer = { push: (topic: string, body: unknown) => acts.push([topic, body]), sendNow: () => acts.push("now") };
  const outlet = new StandardError(peer, {
    writeSync(bytes) {
      if (file.isClosed) throw new Deno.errors.BadResource();
      const part = bytes.subarray(0, most);
      file.text += decoder.decode(part, { stream: true });
      return part.length;
    },
  });
  return { acts, file, outlet };
}

async function read(text: string) {
  const said: unknown[] = [];
  const tap = new OutputTap(
    ReadableStream.from<Uint8Array>([]),
    ReadableStream.from([new TextEncoder().encode(text)]),
    {
      onLine: (_, line) => said.push(line),
      onSaid: ({ taskId, lines, progress }) => said.push([taskId, lines, progress]),
      onFlood() {},
      maxBytes: 1e9,
    },
  );
  await tap.done;
  return said;
}

Deno.test("StandardError.say() writes at once what OutputTap reads, whatever the text", async () => {
  const { acts, file, outlet } = setUp(7);
  const text = 'line\n"quotes" \x1e \u2028 \u{1f600} \\ \x00';
  outlet.say("id", [["info", text], ["error", ""]], null);
  outlet.say("id", [["warning", "2 lines are missing", 2]], [1, null]);
  outlet.say("id", [], [NaN, -Infinity]);
  assertEquals(acts, []);
  assertEquals(await read(file.text), [
    ["id", [["info", text], ["error", ""]], null],
    ["id", [["warning", "2 lines are missing", 2]], [1, null]],
    ["id", [], [NaN, -Infinity]],
  ]);
});

Deno.test("StandardError.tell() says how many records belong ahead, once", () => {
  const { acts, outlet } = setUp();
  outlet.tell();
  outlet.say("id", [["info", "a"]], null);
  outlet.say("id", [["info", "b"]], null);
  outlet.tell();
  outlet.tell();
  assertEquals(acts, [["said", 2]]);
});

Deno.test("StandardError.tell() ends with a record that nobody can have torn", async () => {
  const { acts, file, outlet } = setUp();
  outlet.say("id", [["info", "x".repeat(5000)]], null);
  outlet.tell();
  assertEquals(acts, [["said", 2]]);
  assertEquals((await read(file.text)).at(-1), ["", [], null]);
});

Deno.test("StandardError.say() goes by the connection when standard error is closed, behind what was said before", () => {
  const { acts, file, outlet } = setUp();
  outlet.say("id", [["info", "a"]], null);
  file.isClosed = true;
  outlet.say("id", [["info", "b"]], [1, 2]);
  outlet.say("id", [["info", "c"]], null);
  outlet.tell();
  assertEquals(acts, [
    ["said", 1],
    ["log", [["info", "b"]]],
    ["progress", [1, 2]],
    "now",
    ["log", [["info", "c"]]],
    "now",
  ]);
});

Deno.test("OutputTap.lastWords is the end of what the last task said, in whatever records", async () => {
  const { file, outlet } = setUp();
  outlet.say("other", [["info", "not this"]], null);
  outlet.say("id", Array.from({ length: 3000 }, (_, i) => ["info", `line ${i}`]), null);
  outlet.say("id", [["info", "and"], ["error", "the end"]], null);
  const tap = new OutputTap(
    ReadableStream.from<Uint8Array>([]),
    ReadableStream.from([new TextEncoder().encode(file.text)]),
    {
      onLine() {},
      onFlood() {},
      maxBytes: 1e9,
    },
  );
  await tap.done;
  assertEquals(tap.lastWords.length, 4095);
  assertEquals(tap.lastWords.slice(-28), "e 2998\nline 2999\nand\nthe end");
});
