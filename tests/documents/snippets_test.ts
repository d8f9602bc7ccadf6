/** The TypeScript of README.md and docs/: each block begins with the name of its file; its comments say what it prints. */
import { assert, assertEquals } from "@std/assert";
import { type Snippet, snippetsOf, userPages } from "./pages.ts";
import { printedBy, SnippetProject } from "./snippet_project.ts";

const SNIPPETS = userPages().flatMap(snippetsOf);
const RUN = SNIPPETS.filter(({ isRun }) => isRun);
/** What needs a server that runs: README's first program, see readme_test.ts. */
const needsServer = ({ source }: Snippet) => source.includes("Client.connect()");

Deno.test("Each snippet that is run has a name, and no other text anywhere", () => {
  for (const { page, name, source } of RUN) {
    assert(name !== undefined, `${page}: no first line says what the file is called that begins with ${source}`);
    for (const other of RUN.filter((other) => other.name === name)) assertEquals(other.source, source, name);
  }
  assert(RUN.length > 20);
});

Deno.test("Each snippet is of the types that it says", async () => {
  await using project = projectOf(RUN);
  const names = RUN.map(({ name }) => name!);
  SNIPPETS.filter(({ isRun }) => !isRun).forEach(({ source }, i) => {
    project.write(`ignored_${i}.ts`, `${source}\nexport {};\n`);
    names.push(`ignored_${i}.ts`);
  });
  const { code, stderr } = await project.deno(["check", "--quiet", ...new Set(names)]);
  assertEquals(code, 0, stderr);
});

Deno.test("Each snippet prints what it says, in a project elsewhere", async (t) => {
  await using project = projectOf(RUN);
  for (const { page, name, source } of RUN.filter((snippet) => !needsServer(snippet))) {
    await t.step(`${page}: ${name}`, async () => {
      const { code, lines, stderr } = await project.deno(["run", "-A", name!]);
      assertEquals(lines, printedBy(source), stderr);
      assertEquals(code, 0, stderr);
    });
  }
});

function projectOf(snippets: readonly Snippet[]): SnippetProject {
  const project = new SnippetProject();
  for (const { name, source } of snippets) project.write(name!, `// ${name}\n${source}`);
  return project;
}
