/** Workspaces: what a task of a member answers is what `deno run` answers in the same folder. */
import { patch, testShape } from "./shape.ts";

const MS = { ms: "npm:ms@2.1.3" };

testShape("workspace: another member by its name, by the root's names, and by ../", {
  files: {
    "deno.json": { workspace: ["./a", "./b"], imports: { "root/": "./" } },
    "a/deno.json": {},
    "b/deno.json": { name: "@w/b", version: "1.0.0", exports: { ".": "./mod.ts", "./sub": "./sub.ts" } },
    "b/mod.ts": "export const b = 'b';",
    "b/sub.ts": "export const s = 's';",
    "a/main.ts": `import { b } from "@w/b"; import { s } from "@w/b/sub"; import { b as c } from "root/b/mod.ts";
      import { b as d } from "../b/mod.ts"; export const f = () => [b, s, c, d];`,
  },
  main: "a/main.ts",
});

testShape("workspace: each member has names of its own, and the root's besides", {
  files: {
    "deno.json": { workspace: { members: ["a", "b"] }, imports: { ...MS, which: "./root.ts", both: "./root.ts" } },
    "root.ts": "export const which = 'root';",
    "a/deno.json": { imports: { which: "./a.ts" } },
    "a/a.ts": "export const which = 'a';",
    "b/deno.json": { name: "@w/b", version: "1.0.0", exports: "./mod.ts", imports: { which: "./b.ts" } },
    "b/b.ts": "export const which = 'b';",
    "b/mod.ts": `import { which } from "which"; export const b = which;`,
    "a/main.ts": `import { which } from "which"; import { which as r } from "both"; import { b } from "@w/b";
      import ms from "ms"; export const f = () => [which, r, b, ms("1h")];`,
  },
  main: "a/main.ts",
});

testShape("workspace: members by a pattern, in a configuration with comments", {
  files: {
    "deno.jsonc": `{ // members\n "workspace": ["./packages/*",], }`,
    "packages/a/deno.json": {},
    "packages/b/deno.json": { name: "@w/b", version: "1.0.0", exports: "./mod.ts" },
    "packages/b/mod.ts": "export const b = 'b';",
    "packages/a/src/main.ts": `import { b } from "@w/b"; export const f = () => b;`,
  },
  main: "packages/a/src/main.ts",
});

testShape("workspace: a module of the root imports a member", {
  files: {
    "deno.json": { workspace: ["./b"] },
    "b/deno.json": { name: "@w/b", version: "1.0.0", exports: "./mod.ts" },
    "b/mod.ts": "export const b = 'b';",
    "main.ts": `import { b } from "@w/b"; export const f = () => b;`,
  },
});

testShape("workspace: JSX as each member has it", {
  files: {
    "deno.json": { workspace: ["./a", "./b"], compilerOptions: { jsx: "react", jsxFactory: "h" } },
    "a/deno.json": {},
    "a/main.tsx":
      `import { b } from "../b/mod.tsx"; const h = (t: string) => "a " + t; export const f = () => [<p />, b];`,
    "b/deno.json": { compilerOptions: { jsx: "react", jsxFactory: "k" } },
    "b/mod.tsx": `const k = (t: string) => "b " + t; export const b = <p />;`,
  },
  main: "a/main.tsx",
});

testShape("workspace: links of the root, for a member", {
  files: {
    "w/deno.json": { workspace: ["./a"], links: ["../dep"], imports: { dep: "jsr:@x/dep@1" } },
    "w/a/deno.json": {},
    "w/a/main.ts": `import { d } from "dep"; export const f = () => d;`,
    "dep/deno.json": { name: "@x/dep", version: "1.0.0", exports: "./mod.ts" },
    "dep/mod.ts": "export const d = 'linked';",
  },
  main: "w/a/main.ts",
});

testShape("workspace: a member that has a package.json alone, with the root's names", {
  files: {
    "deno.json": { workspace: ["./a"], imports: { k: "./k.ts" } },
    "k.ts": "export const k = 1;",
    "a/package.json": { dependencies: { ms: "2.1.3" }, imports: { "#own": "./own.ts" } },
    "a/own.ts": "export const own = 2;",
    "a/main.ts":
      `import ms from "ms"; import { k } from "k"; import { own } from "#own"; export const f = () => [ms("1h"), k, own];`,
  },
  main: "a/main.ts",
});

testShape("workspace: nodeModulesDir of the root, for a member", {
  files: {
    "deno.json": { workspace: ["./a"], nodeModulesDir: "auto", imports: MS },
    "a/deno.json": {},
    "a/main.ts": `import ms from "ms"; export const f = () => ms.patched ?? false;`,
  },
  main: "a/main.ts",
  install: ".",
  prepare: (tree) => patch(tree, "node_modules/ms/index.js"),
});

testShape("workspace of package.json: another member by its exports, as it is installed", {
  files: {
    "package.json": { workspaces: ["packages/*"] },
    "packages/a/package.json": { name: "a", version: "1.0.0", dependencies: { b: "workspace:*", ms: "2.1.3" } },
    "packages/b/package.json": { name: "b", version: "1.0.0", exports: { ".": "./mod.ts", "./sub": "./sub.ts" } },
    "packages/b/mod.ts": `export { s } from "./sub.ts"; export const b = import.meta.url.split("/").slice(-3);`,
    "packages/b/sub.ts": "export const s = 's';",
    "packages/a/main.ts": `import ms from "ms"; import { b, s } from "b"; import { s as t } from "b/sub";
      export const f = () => [b, s, t, ms("1h")];`,
  },
  main: "packages/a/main.ts",
  install: ".",
});

testShape("workspace of package.json: of which nothing is installed", {
  files: {
    "package.json": { workspaces: { packages: ["packages/*"] } },
    "packages/a/package.json": { name: "a", version: "1.0.0", dependencies: { b: "workspace:*", ms: "2.1.3" } },
    "packages/b/package.json": { name: "b", version: "1.0.0", exports: "./mod.ts" },
    "packages/b/mod.ts": "export const b = 'b';",
    "packages/a/main.ts": `import ms from "ms"; import { b } from "b"; export const f = () => [b, ms("1h")];`,
  },
  main: "packages/a/main.ts",
  answers: ["b", 3_600_000],
});

testShape("workspace of package.json: a member with a deno.json", {
  files: {
    "package.json": { workspaces: ["a", "b"] },
    "a/package.json": { name: "a", dependencies: { b: "workspace:*" } },
    "a/deno.json": { imports: { k: "./k.ts" } },
    "a/k.ts": "export const k = 1;",
    "b/package.json": { name: "b", version: "1.0.0", exports: "./mod.ts" },
    "b/mod.ts": "export const b = 'b';",
    "a/main.ts": `import { k } from "k"; import { b } from "b"; export const f = () => [k, b];`,
  },
  main: "a/main.ts",
  install: ".",
});

testShape("workspace: a repository below the root is a member all the same", {
  files: {
    "deno.json": { workspace: ["./a"], imports: { k: "./a/k.ts" } },
    "a/deno.json": {},
    "a/.git/HEAD": "",
    "a/k.ts": "export const k = 1;",
    "a/main.ts": `import { k } from "k"; export const f = () => k;`,
  },
  main: "a/main.ts",
});

// -- What is wrong --

testShape("workspace: a member that is not there is left out", {
  files: {
    "deno.json": { workspace: ["./a", "./gone"], imports: { k: "./k.ts" } },
    "k.ts": "export const k = 1;",
    "a/deno.json": {},
    "a/main.ts": `import { k } from "k"; export const f = () => k;`,
  },
  main: "a/main.ts",
});

testShape("workspace: the name of a member that is not there is refused", {
  files: {
    "deno.json": { workspace: ["./a", "./gone"] },
    "a/deno.json": {},
    "a/main.ts": `import { x } from "@w/gone"; export const f = () => x;`,
  },
  main: "a/main.ts",
  refused: ["@w/gone"],
});

testShape("workspace: a folder that is no member has nothing of it", {
  files: {
    "deno.json": { workspace: ["./a"], imports: { k: "./k.ts" } },
    "k.ts": "export const k = 1;",
    "a/deno.json": {},
    "b/deno.json": { imports: { l: "./l.ts" } },
    "b/l.ts": "export const l = 2;",
    "b/main.ts": `import { l } from "l"; export const f = async () => [l, await import("k").catch(() => "none")];`,
  },
  main: "b/main.ts",
});

testShape("workspace: what lies outside of the root is refused", {
  files: {
    "w/deno.json": { workspace: ["./a"] },
    "w/a/deno.json": {},
    "lib/x.ts": "export const x = 1;",
    "w/a/main.ts": `import { x } from "../../lib/x.ts"; export const f = () => x;`,
  },
  main: "w/a/main.ts",
  refused: ["/lib/x.ts", "leads out of the project", "moduleRoots"],
  only: "task",
});
