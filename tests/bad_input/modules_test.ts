import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, NotSendable, Procedure, remote, TaskError } from "../../mod.ts";
import type { ErrorCode } from "../../mod.ts";
import { square } from "../fixtures/functions.ts";
import { AUTHKEY, Bystander } from "./bystander.ts";

const bad = remote<typeof import("../fixtures/bad_tasks.ts")>(import.meta.resolve("../fixtures/bad_tasks.ts"));

/** Any export of any module, whatever types say. */
// deno-lint-ignore no-explicit-any
const anyOf = (url: string | URL) => remote<any>(url) as Record<string, any>;

async function assertCode(code: ErrorCode, run: () => Promise<unknown>, hint: string): Promise<TaskError> {
  const error = await assertRejects(run, TaskError);
  assertEquals(error.code, code, error.message);
  assertStringIncludes(error.message, hint);
  return error;
}

/** A folder with these files; removed at the end. */
async function withFiles(files: Record<string, string>, use: (url: (name: string) => string) => Promise<void>) {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    await use((name) => `file://${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// -- Modules --

Deno.test("Client.run() raises MODULE_NOT_FOUND when the module is not there", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  for (const url of ["file:///nowhere/at_all.ts", "file:///%00", "file:///%FF.ts", "file:///tmp/a%2Fb.ts"]) {
    await assertCode("MODULE_NOT_FOUND", () => client.run(anyOf(url).f), url.slice(0, 8));
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises MODULE_LOAD_FAILED when the module cannot be loaded, with the reason", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  await withFiles({
    "syntax.ts": "export function f( {",
    "throws.ts": `throw new RangeError("thrown on load"); export {};`,
    "throws_null.ts": `throw null; export {};`,
    "throws_hostile.ts": `throw new Proxy(new Error("x"), { get() { throw 1; }, getPrototypeOf() { throw 2; } });`,
    "throws_later.ts": `await Promise.resolve(); throw new Error("thrown after an await"); export {};`,
    "missing_import.ts": `import "./not_there.ts"; export const f = 1;`,
    "missing_name.ts": `import { nothing } from "./syntax_free.ts"; export const f = nothing;`,
    "syntax_free.ts": "export const something = 1;",
    "bad_npm.ts": `import "npm:@@@"; export const f = 1;`,
  }, async (url) => {
    const hints: Record<string, string> = {
      "syntax.ts": "",
      "throws.ts": "RangeError: thrown on load",
      "throws_null.ts": "null",
      "throws_hostile.ts": "",
      "throws_later.ts": "thrown after an await",
      "missing_import.ts": "not_there.ts",
      "missing_name.ts": "nothing",
      "bad_npm.ts": "@@@",
    };
    for (const [name, hint] of Object.entries(hints)) {
      const error = await assertCode("MODULE_LOAD_FAILED", () => client.run(anyOf(url(name)).f), hint);
      assertStringIncludes(error.message, name);
    }
  });
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises MODULE_NOT_ALLOWED when the module is no code", async () => {
  await using bystander = await Bystander.start();
  await withFiles({ "text.txt": "no code at all" }, async (url) => {
    await assertCode("MODULE_NOT_ALLOWED", () => bystander.client.run(anyOf(url("text.txt")).f), "text.txt");
  });
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises MODULE_LOAD_FAILED when the project's configuration cannot be read", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  for (const [name, text] of [["deno.json", "{ no json"], ["package.json", "{ no json"], ["package.json", "null"]]) {
    await withFiles({ [name]: text, "f.ts": "export const f = () => 1;" }, async (url) => {
      const error = await assertRejects(() => client.run(anyOf(url("f.ts")).f), TaskError);
      assertEquals(error.code, "MODULE_LOAD_FAILED", `${name} ${text}: ${error.message}`);
    });
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() finds a module that was mended after it had failed", async () => {
  await using bystander = await Bystander.start();
  await withFiles({ "f.ts": "export function f( {" }, async (url) => {
    await assertCode("MODULE_LOAD_FAILED", () => bystander.client.run(anyOf(url("f.ts")).f), "f.ts");
    await Deno.writeTextFile(new URL(url("f.ts")), "export const f = () => 'mended';");
    assertEquals(await bystander.client.run(anyOf(url("f.ts")).f), "mended");
  });
});

Deno.test("Client.run() raises EXPORT_NOT_FOUND and lists the exports when there is none of that name", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const url = import.meta.resolve("../fixtures/functions.ts");
  const functions = anyOf(url);
  for (const name of ["cube", "default", "toString", "__proto__", "constructor", "hasOwnProperty"]) {
    const message = `Cannot find the export "${name}" of ${url}: its exports are fail, nested, recurse, square`;
    await assertCode("EXPORT_NOT_FOUND", () => client.run(functions[name], 1), message);
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises NOT_CALLABLE when the export is no function", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const exports = anyOf(import.meta.resolve("../fixtures/bad_tasks.ts"));
  await assertCode("NOT_CALLABLE", () => client.run(exports.notCallable), "object");
  await assertCode("NOT_CALLABLE", () => client.run(exports.nothing), "null");
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises NOT_CALLABLE for a procedure that does not say where it lives, or is none there", async () => {
  await using bystander = await Bystander.start();
  class Homeless extends Procedure<number> {
    run(): number {
      return 1;
    }
  }
  class Elsewhere extends Procedure<number> {
    static override module = "not a URL";
    run(): number {
      return 1;
    }
  }
  class PlainClass extends Procedure<number> {
    static override module = import.meta.resolve("../fixtures/bad_tasks.ts");
    run(): number {
      return 1;
    }
  }
  await assertCode("NOT_CALLABLE", () => bystander.client.run(new Homeless()), "import.meta.url");
  await assertCode("NOT_CALLABLE", () => bystander.client.run(new Elsewhere()), "import.meta.url");
  await assertCode("NOT_CALLABLE", () => bystander.client.run(new PlainClass()), "extends Procedure");
  await assertCode("NOT_CALLABLE", () =>
    bystander.client.run(
      new class extends Procedure<number> {
        run(): number {
          return 1;
        }
      }(),
    ), "no name");
  await bystander.assertGoesOn();
});

// -- Functions --

Deno.test("Client.run() raises OUTSIDE_NAME, with the name and the remedy, when a sent function uses an outside name", async () => {
  await using bystander = await Bystander.start();
  const outside = 5;
  const client = await bystander.connect();
  const error = await assertCode("OUTSIDE_NAME", () => client.run((x: number) => x + outside, 1), '"outside"');
  assertStringIncludes(error.message, "remote<typeof import(");
  await assertCode("OUTSIDE_NAME", () => client.run(() => square(2)), '"square"');
  // A name that is missing elsewhere is the task's own error.
  const own = await assertRejects(() => client.run(() => JSON.parse("{")), SyntaxError);
  assertEquals(own.name, "SyntaxError");
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises NOT_CALLABLE at once for a native or bound function, a class, or no function", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const submitted = bystander.server.status().totals.submitted;
  const callees: [unknown, string][] = [
    [Math.max, "native or bound"],
    [((x: number) => x).bind(null), "native or bound"],
    [console.log, ""],
    [class Shape {}, "class"],
    [undefined, "is it exported by that name?"],
    [null, "null"],
    [5, "number"],
    ["square", "string"],
    [{ kind: "remote" }, "object"],
  ];
  // deno-lint-ignore no-explicit-any
  for (const [callee, hint] of callees) await assertCode("NOT_CALLABLE", () => client.run(callee as any, 1), hint);
  assertEquals(bystander.server.status().totals.submitted, submitted);
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("remote() raises TypeError when the URL is not absolute", () => {
  for (const url of ["./utils.ts", "utils", "", "/utils.ts"]) {
    const error = (() => {
      try {
        return remote(url);
      } catch (error) {
        return error;
      }
    })();
    assertInstanceOf(error, TypeError);
    assertStringIncludes(error.message, "import.meta.resolve");
  }
});

// -- Values --

Deno.test("Client.run() raises NotSendable with the path when an argument cannot be sent, before anything is sent", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const ring: unknown[] = [];
  ring.push(ring);
  const cases: [unknown, string][] = [
    [{ items: [1, { fn: () => 1 }] }, "$[0].items[1].fn"],
    [Symbol("s"), "$[0]"],
    [ring, "$[0][0]"],
    [new WeakMap(), "$[0]"],
    [[Promise.resolve()], "$[0][0]"],
    [new SharedArrayBuffer(1), "$[0]"],
  ];
  const submitted = bystander.server.status().totals.submitted;
  for (const [argument, path] of cases) {
    const error = await assertRejects(() => client.run((x: unknown) => x, argument), NotSendable);
    assertEquals([error.code, error.path], ["NOT_SENDABLE", path]);
    await assertRejects(() => client.map((x: unknown) => x, [1, argument]), NotSendable);
  }
  // deno-lint-ignore no-explicit-any
  const hostile = Object.defineProperty({}, "x", { enumerable: true, get: () => JSON.parse("{") }) as any;
  await assertRejects(() => client.run((x: unknown) => x, hostile), Error);
  assertEquals(bystander.server.status().totals.submitted, submitted);
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises RESULT_NOT_SENDABLE with the path when the result cannot be sent", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const paths = {
    function: "$.items[1].fn",
    symbol: "$[0]",
    cycle: "$.next.back",
    weakmap: "$",
    nestedPromise: "$.later",
  };
  for (const [kind, path] of Object.entries(paths)) {
    const error = await assertRejects(() => client.run(bad.returnUnsendable, kind as keyof typeof paths), NotSendable);
    assertEquals([error.code, error.path], ["RESULT_NOT_SENDABLE", path]);
  }
  const deep = await assertRejects(() => client.run(bad.returnUnsendable, "deep"), NotSendable, "nested deeper");
  assertEquals(deep.code, "RESULT_NOT_SENDABLE");
  const getter = await assertRejects(() => client.run(bad.returnHostile, "getter"), NotSendable, "a getter threw");
  assertEquals([getter.code, getter.path], ["RESULT_NOT_SENDABLE", "$.x"]);
  for (const kind of ["then", "tag"] as const) {
    await assertRejects(() => client.run(bad.returnHostile, kind), URIError, "a getter threw");
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises a named error when arguments or result are larger than a message may be", async () => {
  const maxFrameBytes = 256 * 1024;
  await using bystander = await Bystander.start({ maxFrameBytes });
  const client = await bystander.connect();
  for (const excess of [-60, -30, 0, 1000, 70_000_000]) {
    const error = await client.run(bad.returnBytes, maxFrameBytes + excess).then(() => null, (error) => error);
    if (error === null) continue;
    assertInstanceOf(error, TaskError, `${excess}`);
    assertEquals(error.code, "RESULT_TOO_LARGE", `${excess}: ${error.message}`);
  }
  await bystander.assertGoesOn();
  // Many results that only together are larger than a message.
  assertEquals(
    (await client.map(bad.returnBytes, Array(8).fill(100_000))).map((bytes) => bytes.length),
    Array(8).fill(100_000),
  );
  // The client's own limit is larger than the server's: it is told, and the server goes on.
  const error = await assertRejects(
    () => client.run((x: Uint8Array) => x.length, new Uint8Array(2 * maxFrameBytes)),
    TaskError,
  );
  assertEquals(error.code, "FRAME_TOO_LARGE");
  // A call whose answer is waited for is not sent again and again either.
  const submitted = await assertRejects(
    () => client.submit((x: Uint8Array) => x.length, new Uint8Array(2 * maxFrameBytes)),
    TaskError,
  );
  assertEquals(submitted.code, "FRAME_TOO_LARGE");
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises FRAME_TOO_LARGE when the result is larger than the client takes", async () => {
  await using bystander = await Bystander.start();
  const client = await Client.connect({
    address: bystander.server.address,
    authkey: AUTHKEY,
    maxFrameBytes: 64 * 1024,
  });
  const error = await assertRejects(() => client.run(bad.returnBytes, 100_000), TaskError);
  assertEquals(error.code, "FRAME_TOO_LARGE");
  // The client goes on, over a new connection.
  assertEquals((await client.run(bad.returnBytes, 1000)).length, 1000);
  await client.close();
  await bystander.assertGoesOn();
});
