/** U13: the command serves pipelines. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../cli/cli_error.ts";
import { namedServlets } from "../../cli/served_pipelines.ts";
import { Client } from "../../mod.ts";
import { Home, ROOT } from "../helpers/program.ts";

Deno.test("U13: namedServlets() reads names, modules and exports", () => {
  const folder = new URL(`file://${Deno.cwd()}/`).href;
  assertEquals(namedServlets(["a=./x.ts#double", "b=/srv/y z.ts", "c=https://example.com/z.ts#a.b", "d=jsr:@x/y#d"]), [
    { name: "a", module: `${folder}x.ts`, exported: "double" },
    { name: "b", module: "file:///srv/y%20z.ts", exported: "default" },
    { name: "c", module: "https://example.com/z.ts", exported: "a.b" },
    { name: "d", module: "jsr:@x/y", exported: "d" },
  ]);
  for (const value of ["double", "=x.ts", "a=", "a=#b"]) {
    assertThrows(() => namedServlets([value]), UsageError, `NAME=MODULE#EXPORT: current value is "${value}"`);
  }
  assertThrows(() => namedServlets(["a=x.ts", "a=y.ts"]), UsageError, 'two pipelines named "a"');
});

Deno.test("U13: --serve runs pipelines of modules, and says what cannot be served", async () => {
  await using home = await Home.make();
  const servlets = new URL("servlets/mod.ts", ROOT).href;
  await home.write(
    "servlets.ts",
    `import { processServlet } from "${servlets}";
     export const double = processServlet((x: number) => 2 * x);
     export default processServlet((x: number) => 3 * x);
     export const number = 5;`,
  );
  const address = "--address=127.0.0.1:0";
  {
    await using serving = await home.serve([address, "--serve=double=servlets.ts#double", "--serve=other=servlets.ts"]);
    await serving.line(/^It serves the pipeline other/);
    await using client = await Client.connect({ address: serving.address, authkeyFile: home.authkeyFile });
    const outputs = await Promise.all(["double", "other"].map((name) => client.pipeline(name).call(5)));
    assertEquals(outputs, [10, 15]);
  }
  const wrong = { "nothing": 'has no export "nothing"', "number": "as a servlet" };
  for (const [exported, message] of Object.entries(wrong)) {
    const { code, stderr } = await home.run([address, `--serve=p=servlets.ts#${exported}`]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, 'Cannot serve the pipeline "p"');
    assertStringIncludes(stderr, message);
  }
});
