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

  const changes: Record<string, () => void> = {
    // Types alone are in no bundle, but what is imported for its types may come to hold more.
    "a module of types": () => copy.append("wire/message.ts", "// Changed."),
    "what runs": () => copy.append("process/runner.ts", `export const CHANGED = "changed";`),
    "a bundle that is gone": () => copy.remove(BUNDLE),
    "the other one that is gone": () => copy.remove(SUBTASKS),
    "a bundle of another making": () => {
      const text = copy.read(SUBTASKS);
      Deno.writeTextFileSync(new URL(SUBTASKS, copy.root), text.replace(`"digest":"`, `"digest":"0`));
    },
    "a source that comes": () => {
      Deno.writeTextFileSync(new URL("core/more.ts", copy.root), "export const more = 1;\n");
      copy.append("core/errors.ts", IMPORT);
    },
    "a source that goes": () => {
      copy.remove("core/more.ts");
      const text = copy.read("core/errors.ts");
      Deno.writeTextFileSync(new URL("core/errors.ts", copy.root), text.replace(IMPORT, ""));
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
