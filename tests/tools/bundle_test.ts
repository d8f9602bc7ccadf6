import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeBundle } from "../../tools/bundle.ts";
import { CheckoutCopy } from "../helpers/checkout_copy.ts";

const BUNDLE = "process/bundle.js";
const SUBTASKS = "process/subtasks_bundle.js";
const IMPORT = `import "./more.ts";`;

Deno.test("makeBundle() leaves a bundle that is current as it is, and makes any other anew", async () => {
  using copy = new CheckoutCopy();
  assertEquals(await makeBundle(copy.root), "made");
  const [first] = copy.read(BUNDLE).split("\n");
  assertEquals(copy.read(SUBTASKS).split("\n")[0], first);
  const written = Deno.statSync(new URL(BUNDLE, copy.root)).ino;
  assertEquals(await makeBundle(copy.root), "current");
  assertEquals(Deno.statSync(new URL(BUNDLE, copy.root)).ino, written);

  const edit = (file: string, was: string | RegExp, text: string) =>
    Deno.writeTextFileSync(new URL(file, copy.root), copy.read(file).replace(was, text));
  const changes: Record<string, () => void> = {
    // Types alone are in no bundle, but what is imported for its types may come to hold more.
    "a module of types": () => copy.append("wire/message.ts", "// Changed."),
    "what runs": () => copy.append("process/runner.ts", `export const CHANGED = "changed";`),
    "a bundle that is gone": () => copy.remove(BUNDLE),
    "the other one that is gone": () => copy.remove(SUBTASKS),
    "two that were not made together": () => edit(SUBTASKS, `"digest":"`, `"digest":"0`),
    "a bundle by other tools": () => [BUNDLE, SUBTASKS].forEach((file) => edit(file, `"maker":"`, `"maker":"older `)),
    "a first line that is another release's": () =>
      [BUNDLE, SUBTASKS].forEach((file) => edit(file, `"sources":`, `"files":`)),
    "a first line that says nothing": () => [BUNDLE, SUBTASKS].forEach((file) => edit(file, /^.*/, "// Made once.")),
    "a source that comes": () => {
      Deno.writeTextFileSync(new URL("core/more.ts", copy.root), "export const more = 1;\n");
      copy.append("core/errors.ts", IMPORT);
    },
    "a source that goes": () => {
      copy.remove("core/more.ts");
      edit("core/errors.ts", IMPORT, "");
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    change();
    assertEquals(await makeBundle(copy.root), "made", what);
    assertEquals(await makeBundle(copy.root), "current", what);
  }
  const names = [...Deno.readDirSync(new URL("process/", copy.root))].map(({ name }) => name);
  assertEquals(names.filter((name) => !name.endsWith(".ts")).sort(), ["bundle.js", "subtasks_bundle.js"]);
});

Deno.test("makeBundle() says what it needs when there is no network, and writes nothing", async () => {
  using copy = new CheckoutCopy();
  const cache = Deno.makeTempDirSync({ prefix: "palpable_cache_" });
  try {
    const program = `
      import { makeBundle } from ${JSON.stringify(new URL("../../tools/bundle.ts", import.meta.url).href)};
      await makeBundle(new URL("./", import.meta.url)).catch(({ message }) => console.log(message));`;
    const { stdout, stderr } = await copy.run(program, {
      flags: ["--no-config"],
      env: { DENO_DIR: cache, NPM_CONFIG_REGISTRY: "http://127.0.0.1:9", http_proxy: "", HTTP_PROXY: "" },
    });
    assertStringIncludes(stdout, "Cannot make the bundle, for which Deno needs the npm registry once: deno ", stderr);
    assertStringIncludes(stdout, "127.0.0.1:9", stderr);
  } finally {
    Deno.removeSync(cache, { recursive: true });
  }
  assert([...Deno.readDirSync(new URL("process/", copy.root))].every(({ name }) => name.endsWith(".ts")));
});
