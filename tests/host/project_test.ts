import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { TaskError } from "../../core/errors.ts";
import { liesIn } from "../../host/paths.ts";
import { findProject, projectRootOf } from "../../host/project.ts";
import { config, ownConfigs } from "../helpers/hands.ts";
import { TempTree } from "../helpers/temp_tree.ts";

/** What stands in the configuration that the server has made. */
async function configIn(resolution: readonly string[]) {
  assertEquals([resolution[0], ...resolution.slice(2)], ["--config", "--node-modules-dir=none", "--vendor=false"]);
  return JSON.parse(await Deno.readTextFile(resolution[1]));
}

async function projectOf(file: string) {
  const { root, resolution } = await findProject(file, config, ownConfigs);
  return { root, resolution };
}

Deno.test("findProject() is the nearest folder with a marker, and loads with its configuration", async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "app/src/main.ts": "",
    "sub/deno.jsonc": "{}",
    "sub/a/b.ts": "",
    "repository/.git": null,
    "repository/a/b.ts": "",
  });
  assertEquals(await projectOf(tree.path("app/src/main.ts")), {
    root: tree.root,
    resolution: ["--config", tree.path("deno.json"), "--node-modules-dir=none", "--vendor=false"],
  });
  assertEquals(await projectOf(tree.path("sub/a/b.ts")), {
    root: tree.path("sub"),
    resolution: ["--config", tree.path("sub/deno.jsonc"), "--node-modules-dir=none", "--vendor=false"],
  });
  assertEquals(await projectOf(tree.path("repository/a/b.ts")), {
    root: tree.path("repository"),
    // As `deno run`, which knows of no repositories.
    resolution: ["--config", tree.path("deno.json"), "--node-modules-dir=none", "--vendor=false"],
  });
});

Deno.test("findProject() is the module's own folder when no folder above has a marker", async () => {
  await using tree = new TempTree({ "a/b/c.ts": "" });
  assertEquals(await projectOf(tree.path("a/b/c.ts")), { root: tree.path("a/b"), resolution: ["--no-config"] });
});

Deno.test("findProject() prefers deno.json to package.json in one folder", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "package.json": "not read", "a.ts": "" });
  assertEquals((await projectOf(tree.path("a.ts"))).resolution[1], tree.path("deno.json"));
});

Deno.test("findProject() makes an import map of the dependencies in package.json", async () => {
  await using tree = new TempTree({
    "package.json": JSON.stringify({
      dependencies: { chalk: "^5.0.0", "@scope/a": "1.2.3", alias: "npm:other@2", local: "file:../x", odd: 5 },
      devDependencies: { chalk: "^4.0.0", dev: "~1.0.0", own: "workspace:*" },
    }),
    "src/a.ts": "",
  });
  const { root, resolution } = await projectOf(tree.path("src/a.ts"));
  assertEquals(root, tree.root);
  assertEquals((await configIn(resolution)).imports, {
    chalk: "npm:chalk@^5.0.0",
    "chalk/": "npm:/chalk@^5.0.0/",
    dev: "npm:dev@~1.0.0",
    "dev/": "npm:/dev@~1.0.0/",
    "@scope/a": "npm:@scope/a@1.2.3",
    "@scope/a/": "npm:/@scope/a@1.2.3/",
    alias: "npm:other@2",
    "alias/": "npm:/other@2/",
  });
});

Deno.test("findProject() is the whole workspace, and projectRootOf() what names of files say of it", async () => {
  await using tree = new TempTree({
    "deno.json": `{ "workspace": ["./a", "packages/*", "!packages/not"] }`,
    "a/deno.json": "{}",
    "a/deep/x.ts": "",
    "packages/b/package.json": "{}",
    "packages/b/x.ts": "",
    "packages/not/deno.json": "{}",
    "packages/not/x.ts": "",
    "other/deno.json": "{}",
    "other/x.ts": "",
  });
  const roots: Record<string, string> = {
    "a/deep/x.ts": "",
    "packages/b/x.ts": "",
    "packages/not/x.ts": "/packages/not",
    "other/x.ts": "/other",
  };
  for (const [file, root] of Object.entries(roots)) {
    assertEquals((await projectOf(tree.path(file))).root, `${tree.root}${root}`, file);
  }
  assertEquals(projectRootOf(tree.path("a/deep/x.ts")), tree.path("a"));
  const { resolution } = await projectOf(tree.path("packages/b/x.ts"));
  assertEquals(resolution[1], tree.path("deno.json"));
});

Deno.test("findProject() takes no folder for a workspace that says so with a pattern that leads out of it", async () => {
  for (const workspace of [["../x"], ["/"], ["."], [""], ["**/../a"], 5, { members: "a" }, [5]]) {
    await using tree = new TempTree({
      "w/deno.json": JSON.stringify({ workspace }),
      "w/a/deno.json": "{}",
      "w/a/x.ts": "",
    });
    assertEquals((await projectOf(tree.path("w/a/x.ts"))).root, tree.path("w/a"), JSON.stringify(workspace));
  }
});

Deno.test("findProject() reads nothing of a lock file that lies outside of the project, by whatever name", async () => {
  for (const path of ["../out.lock", "/etc/hostname", "link.lock"]) {
    await using tree = new TempTree({ "p/deno.json": JSON.stringify({ lock: path }), "p/x.ts": "", "out.lock": "{}" });
    if (path === "link.lock") await Deno.symlink("../out.lock", tree.path("p/link.lock"));
    const { lock, lockPath } = await findProject(tree.path("p/x.ts"), config, ownConfigs);
    assertEquals([lock, lockPath], [null, null], path);
  }
});

Deno.test("findProject() says which package.json cannot be read", async () => {
  for (const text of ["{", "null", "5"]) {
    await using tree = new TempTree({ "package.json": text, "a.ts": "" });
    const error = await assertRejects(
      () => projectOf(tree.path("a.ts")),
      TaskError,
      `Cannot read ${tree.path("package.json")}`,
    );
    assertEquals(error.code, "MODULE_LOAD_FAILED");
  }
});

Deno.test("liesIn() compares whole segments", () => {
  for (const [path, folder] of [["/a/b", "/a"], ["/a", "/a"], ["/a", "/"], ["/", "/"], ["/a/b/c", "/a/b"]]) {
    assert(liesIn(path, folder), `${path} in ${folder}`);
  }
  for (const [path, folder] of [["/ab", "/a"], ["/a", "/a/b"], ["/b/a", "/a"], ["/", "/a"], ["/a.ts", "/a"]]) {
    assert(!liesIn(path, folder), `${path} in ${folder}`);
  }
  const path = fc.array(fc.constantFrom("a", "b", "ab", ".c"), { maxLength: 5 });
  fc.assert(fc.property(path, path, (inner, outer) => {
    const isWithin = outer.every((part, at) => inner[at] === part);
    assertEquals(liesIn(`/${inner.join("/")}`, `/${outer.join("/")}`), isWithin);
  }));
});
