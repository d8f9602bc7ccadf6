/** README.md is for a newcomer: short, and what it has one type into two shells works. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Home } from "../helpers/program.ts";
import { snippetsOf, userPages } from "./pages.ts";
import { printedBy, projectConfig } from "./snippet_project.ts";

const README = userPages().find(({ path }) => path === "README.md")!;

Deno.test("README.md has at most 250 lines", () => {
  const count = README.text.split("\n").length - 1;
  assert(count <= 250, `${count} lines: move a subject into a page of docs/`);
});

Deno.test("README's two shells: a program of one's own finds the server of the same user, and its key", async () => {
  assertStringIncludes(README.text, "```sh\nnpx -y deno@2.9.6 run -A server.ts\n```");
  assertStringIncludes(README.text, "```sh\nnpx -y deno@2.9.6 run -A first.ts\n```");
  await using home = await Home.make();
  // The default port may be somebody else's on this machine: all else is as README.md has it.
  await using serving = await home.serve();
  await home.write("deno.json", JSON.stringify(projectConfig()));
  const [words, first] = ["words.ts", "first.ts"].map((wanted) => {
    return snippetsOf(README).find(({ name }) => name === wanted)!.source;
  });
  const connect = "Client.connect()";
  assertStringIncludes(first, connect);
  await home.write("words.ts", words);
  await home.write("first.ts", first.replace(connect, `Client.connect({ address: "${serving.address}" })`));
  const { stdout, stderr } = await home.deno(["run", "-A", "first.ts"]);
  assertEquals(stdout.trimEnd().split("\n"), printedBy(first), stderr);
});
