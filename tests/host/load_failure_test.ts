import { assertEquals } from "@std/assert";
import { LoadFailure } from "../../host/load_failure.ts";

const MODULE = "file:///project/a.ts";

Deno.test("LoadFailure.of() tells a module that is missing from one that cannot be loaded", () => {
  const code = (reason: string) => LoadFailure.of(MODULE, reason).code;
  assertEquals(code(`error: Module not found "${MODULE}".`), "MODULE_NOT_FOUND");
  // What it imports is missing, not the module.
  assertEquals(code('error: Module not found "file:///project/b.ts".'), "MODULE_LOAD_FAILED");
  assertEquals(
    code(`error: Module not found "file:///project/b.ts".\n    at ${MODULE}:1:8`),
    "MODULE_LOAD_FAILED",
  );
  assertEquals(code("error: the source code could not be parsed"), "MODULE_LOAD_FAILED");
});

Deno.test("LoadFailure.for() quotes a file only to those who may see it", () => {
  const failure = LoadFailure.of(MODULE, `SyntaxError: unexpected "secret"\n  1 | secret\n    at ${MODULE}:1:1`);
  assertEquals(failure.for(true).message.includes("secret"), true);
  assertEquals(failure.for(false).message, `Cannot load ${MODULE}: its source cannot be parsed at ${MODULE}:1:1`);
});
