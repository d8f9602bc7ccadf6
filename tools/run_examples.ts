/**
 * Runs every example that says in its header what it prints, and compares: `deno task examples`. The programs in
 * `examples/apps/` have tests instead, which the same task runs.
 */

const folder = new URL("../examples/", import.meta.url);
let failures = 0;
const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile);
for (const { name } of files.sort((a, b) => a.name < b.name ? -1 : 1)) {
  const expected = printedLines(Deno.readTextFileSync(new URL(name, folder)));
  if (expected === null) continue;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL(name, folder).pathname],
    env: { NO_COLOR: "1" },
  }).output();
  const printed = new TextDecoder().decode(stdout).trimEnd();
  const isRight = success && printed === expected;
  console.log(`${isRight ? "ok" : "FAILED"} examples/${name}`);
  if (isRight) continue;
  failures++;
  console.log(`-- expected\n${expected}\n-- printed\n${printed}\n${new TextDecoder().decode(stderr)}`);
}
if (failures > 0) Deno.exit(1);

/** The indented lines after "Prints:" in the header; null when there are none. */
function printedLines(source: string): string | null {
  const header = source.slice(0, source.indexOf("\n */"));
  const [, block] = header.split("Prints:\n *\n");
  if (block === undefined) return null;
  return block.split("\n").map((line) => line.replace(/^ \* {5}/, "")).join("\n");
}
