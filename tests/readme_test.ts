import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** Each TypeScript snippet of the README begins with the name of its file; its comments say what it prints. */
const SNIPPETS = [
  ...Deno.readTextFileSync(new URL("README.md", ROOT)).matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g),
]
  .map(([, name, source]) => ({ name, source, printed: printedBy(source) }));

Deno.test("README's tour prints what it says, in a project elsewhere", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(projectConfig()));
    for (const { name, source } of SNIPPETS) await Deno.writeTextFile(`${folder}/${name}`, `// ${name}\n${source}`);
    for (const { name, printed } of SNIPPETS) {
      await t.step(name, async () => {
        const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", name],
          cwd: folder,
          env: { NO_COLOR: "1", XDG_RUNTIME_DIR: folder },
        }).output();
        const text = new TextDecoder().decode(stdout).trimEnd();
        assertEquals(text.split("\n").filter((line) => line !== ""), printed, new TextDecoder().decode(stderr));
        assertEquals(code, 0);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("README has the tour that is tested", () => {
  assertEquals(SNIPPETS.map(({ name }) => name), [
    "utils.ts",
    "main.ts",
    "permissions.ts",
    "procedures.ts",
    "run_procedures.ts",
    "handles.ts",
    "steps.ts",
    "follow.ts",
    "by_id.ts",
    "streams.ts",
    "use_streams.ts",
    "converse.ts",
    "sending.ts",
    "poll.ts",
    "isolation.ts",
    "factors.ts",
    "execute.ts",
    "queue.ts",
    "workers.ts",
    "pool.ts",
    "stages.ts",
    "pipeline.ts",
    "micro_batching.ts",
    "serve_pipeline.ts",
    "groups.ts",
  ]);
});

/** What stands behind `//` at the end of each line that prints. */
function printedBy(source: string): string[] {
  const lines = source.split("\n").filter((line) => line.includes("console.log("));
  return lines.map((line) => / \/\/ (.*)$/.exec(line)?.[1] ?? "no comment says what this line prints");
}

function projectConfig() {
  const links = ["", ...JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).links];
  return {
    imports: { "@palpable/palpable": "jsr:@palpable/palpable@^0.1.0" },
    links: links.map((path: string) => new URL(path, ROOT).pathname.replace(/\/$/, "")),
  };
}
