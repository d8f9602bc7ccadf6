import { assertEquals, assertStringIncludes } from "@std/assert";

const INVOICE = JSON.stringify({ items: [{ count: 2, price: 950 }, { count: 1, price: 100 }] });

/** `script`, as Linux has it, runs a command on a terminal of its own: a bar is drawn on nothing else. */
const ignore = Deno.build.os !== "linux";

Deno.test(
  "200 files are added up under a bar; one that is bad is named, and costs the others nothing",
  { ignore },
  async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const out = await Deno.makeTempFile();
    try {
      for (let i = 0; i < 200; i++) {
        await Deno.writeTextFile(`${folder}/${i}.json`, i === 77 ? "Dear Sir" : INVOICE);
      }
      const { code, stdout } = await new Deno.Command("script", {
        args: ["-qec", `'${Deno.execPath()}' run -A main.ts '${folder}' > '${out}'`, "/dev/null"],
        cwd: import.meta.dirname,
        stdin: "null",
      }).output();
      assertStringIncludes(new TextDecoder().decode(stdout), "100% | 200/200");
      assertEquals(
        await Deno.readTextFile(out),
        [
          "199 invoices, 3980.00 in all\n",
          `${folder}/77.json: SyntaxError: Unexpected token 'D', "Dear Sir" is not valid JSON\n`,
        ].join(""),
      );
      assertEquals(code, 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(out);
    }
  },
);
