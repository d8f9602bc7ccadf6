/** The reference of the API that `deno task docs` writes. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "./pages.ts";

const { exports: ENTRIES, tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));

Deno.test("deno task docs writes a page for each export of each entry point, and lists it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "palpable_reference_" });
  try {
    const args: string[] = tasks.docs.command.replace("--output=reference", `--output=${folder}`).split(" ").slice(1);
    await deno(args);
    const symbols = (await Deno.readTextFile(`${folder}/all_symbols.html`)).replaceAll("&#x2F;", "/");
    for (const [entry, file] of Object.entries<string>(ENTRIES)) {
      assert(args.includes(file.slice(2)), `the task leaves out ${file}`);
      const place = entry === "." ? "" : `${entry.slice(2)}/`;
      await Deno.stat(`${folder}/${place}index.html`);
      const names = await exportsOf(file);
      // The main module of a task's process is an entry point that exports nothing.
      assertEquals(names.length > 0, entry !== "./worker", file);
      for (const name of names) {
        // What several entry points give is listed with one of them.
        assert(symbols.includes(`/~/${name}.html"`), `${file}: ${name} is in no list`);
        const page = await Deno.readTextFile(`${folder}/${place}~/${name}.html`);
        assertStringIncludes(page, name, `${file}: ${name}`);
        assert(page.includes("markdown"), `${file}: the page of ${name} describes nothing`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** `deno doc` tells of what is private as well, where something that is exported names it. */
async function exportsOf(file: string): Promise<string[]> {
  const { nodes } = JSON.parse(await deno(["doc", "--json", file])) as { nodes: Record<string, Module> };
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  const isExported = ({ declarations }: DocSymbol) => declarations.some((it) => it.declarationKind === "export");
  return symbols.filter(isExported).map(({ name }) => name);
}

interface Module {
  symbols: DocSymbol[];
}

interface DocSymbol {
  name: string;
  declarations: { declarationKind: string }[];
}

async function deno(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
