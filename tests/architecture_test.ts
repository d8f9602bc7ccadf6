/** The lists of parts in ARCHITECTURE.md, held against the files that there are. */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const DOCUMENT = Deno.readTextFileSync(new URL("ARCHITECTURE.md", ROOT));

Deno.test("ARCHITECTURE.md names each part of the engine, and no other", () => {
  const list = between("Its parts, one file a role:", "Its rules, each an invariant");
  const named = [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  assertEquals(named.sort(), filesOf("engine"));
});

Deno.test("ARCHITECTURE.md names no part of another layer that there is not", () => {
  const layers = between("## The other layers' parts", "## The store").split(/^- \*\*`/m).slice(1);
  for (const layer of layers) {
    const folder = layer.slice(0, layer.indexOf("/`"));
    const files = filesOf(folder);
    for (const [, name] of layer.matchAll(/`([a-z_]+)`/g)) assert(files.includes(name), `${folder}/${name}.ts`);
  }
  assertEquals(layers.length, 9);
});

function between(begin: string, end: string): string {
  return DOCUMENT.slice(DOCUMENT.indexOf(begin), DOCUMENT.indexOf(end));
}

function filesOf(folder: string): string[] {
  const names = [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".ts")).map((name) => name.slice(0, -3)).sort();
}
