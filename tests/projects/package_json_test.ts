/** Projects with a package.json: what a task answers is what `deno run` answers in the same folder. */
import { packageLockOfMs } from "./locks.ts";
import { patch, testShape } from "./shape.ts";

const MS = { ms: "2.1.3" };
const PATCHED = `import ms from "ms"; export const f = () => [ms("1h"), ms.patched ?? false];`;
const VERSION = `import data from "ms/package.json" with { type: "json" }; export const f = () => data.version;`;

// -- What a package says of itself --

testShape("package.json: imports, by #name, by pattern, by condition, of files without an ending of JavaScript", {
  files: {
    "package.json": {
      imports: {
        "#k": "./k.ts",
        "#lib/*": "./lib/*.ts",
        "#which": { browser: "./no.ts", deno: "./lib/a.ts", default: "./no.ts" },
      },
    },
    "k.ts": "export const k = 1;",
    "lib/a.ts": "export const a = 2;",
    "main.ts": `import { k } from "#k"; import { a } from "#lib/a"; import { a as b } from "#which";
      export const f = () => [k, a, b];`,
  },
});

testShape("package.json: its own name, by its exports", {
  files: {
    "package.json": { name: "own", exports: { ".": "./mod.ts", "./sub": "./lib/sub.ts" } },
    "mod.ts": "export const m = 1;",
    "lib/sub.ts": "export const s = 2;",
    "src/main.ts": `import { m } from "own"; import { s } from "own/sub"; export const f = () => [m, s];`,
  },
  main: "src/main.ts",
});

testShape("package.json: type: commonjs, with require() of files, of JSON, without an ending, of a folder", {
  files: {
    "package.json": { type: "commonjs" },
    "main.js": `const a = require("./lib/a"); const b = require("./lib"); const c = require("./c.json");
      const { join } = require("node:path"); exports.f = () => [a, b, c, join("x", "y"), typeof __dirname];`,
    "lib/a.js": `module.exports = ["a", require("../deep/d.js").d];`,
    "lib/index.js": `module.exports = "index";`,
    "deep/d.js": `exports.d = require("./e").e;`,
    "deep/e.js": `exports.e = "e";`,
    "c.json": { c: 3 },
  },
  main: "main.js",
});

testShape("package.json: type: commonjs, imported by a module", {
  files: {
    "package.json": { type: "commonjs" },
    "lib.js": "exports.v = module.id !== undefined; exports.w = require('./w.js');",
    "w.js": "module.exports = 2;",
    "main.ts": `import { v, w } from "./lib.js"; export const f = () => [v, w];`,
  },
});

testShape("package.json: type: module, with a .cjs file", {
  files: {
    "package.json": { type: "module" },
    "a.js": "export const a = import.meta.main;",
    "b.cjs": "exports.b = require('./c.cjs');",
    "c.cjs": "module.exports = 'c';",
    "main.js": `import { a } from "./a.js"; import b from "./b.cjs"; export const f = () => [a, b];`,
  },
  main: "main.js",
});

testShape("package.json: no type, .mjs and .cjs", {
  files: {
    "package.json": {},
    "a.mjs": "export const a = 1;",
    "b.cjs": "exports.b = 2;",
    "main.ts": `import { a } from "./a.mjs"; import { b } from "./b.cjs"; export const f = () => [a, b];`,
  },
});

testShape("package.json: a tsconfig.json beside it says what JSX is, also by what it extends", {
  files: {
    "package.json": {},
    "tsconfig.json": { extends: "./base.json", compilerOptions: { jsxFactory: "h" } },
    "base.json": { compilerOptions: { jsx: "react", jsxFactory: "wrong" } },
    "main.tsx": `const h = (...all: unknown[]) => all; export const f = () => <b c="d">e</b>;`,
  },
  main: "main.tsx",
});

testShape("package.json: below a deno.json that makes no workspace, whose names do not hold", {
  files: {
    "deno.json": { imports: { k: "./k.ts" } },
    "k.ts": "export const k = 1;",
    "sub/package.json": { imports: { "#k": "./k.ts" } },
    "sub/k.ts": "export const k = 2;",
    "sub/main.ts": `import { k } from "#k"; export const f = async () => [k, await import("k").catch(() => "none")];`,
  },
  main: "sub/main.ts",
});

// -- What it depends on --

testShape("package.json: what is installed runs, changed as it may be", {
  files: { "package.json": { dependencies: MS }, "main.ts": PATCHED },
  install: ".",
  prepare: (tree) => patch(tree, "node_modules/ms/index.js"),
});

testShape("package.json: what it is developed with, another name for a package, npm: itself, a subpath", {
  files: {
    "package.json": { dependencies: { m: "npm:ms@2.1.3" }, devDependencies: { "is-number": "7.0.0" } },
    "main.ts": `import ms from "m"; import n from "is-number"; import p from "npm:is-number@7.0.0";
      import data from "m/package.json" with { type: "json" }; export const f = () => [ms("1h"), n(1), n === p, data.name];`,
  },
  install: ".",
});

testShape("package.json: packages that depend on others, in either form of module", {
  files: {
    "package.json": { dependencies: { "is-odd": "3.0.1", chalk: "4.1.2", picocolors: "1.1.1", semver: "7.3.5" } },
    "main.ts":
      `import odd from "is-odd"; import chalk from "chalk"; import pc from "picocolors"; import semver from "semver";
      export const f = () => [odd(3), chalk.supportsColor, pc.isColorSupported === false, semver.inc("1.2.3", "minor")];`,
  },
  install: ".",
});

testShape("package.json: require() of packages and of Node's own", {
  files: {
    "package.json": { type: "commonjs", dependencies: { ...MS, "is-odd": "3.0.1" } },
    "main.js": `const ms = require("ms"); const odd = require("is-odd"); const { EOL } = require("os");
      exports.f = () => [ms("1h"), odd(2), require("./lib.js"), EOL.length];`,
    "lib.js": `module.exports = require("ms/package.json").version;`,
  },
  main: "main.js",
  install: ".",
});

testShape("package.json: a lock file beside it decides what is installed", {
  files: {
    "package.json": { dependencies: { ms: "2" } },
    "deno.lock": packageLockOfMs("2.1.2"),
    "main.ts": VERSION,
  },
  install: ".",
});

testShape("package.json: a package in a folder of the project, by file:", {
  files: {
    "package.json": { dependencies: { own: "file:./packages/own" } },
    "packages/own/package.json": { name: "own", version: "1.0.0", type: "module", exports: "./index.js" },
    "packages/own/index.js": "export default 'own';",
    "main.ts": `import own from "own"; export const f = () => own;`,
  },
  prepare(tree) {
    tree.write("node_modules", null);
    Deno.symlinkSync("../packages/own", tree.path("node_modules/own"));
  },
});

testShape("package.json and deno.json in one folder: what is installed runs, and both give names", {
  files: {
    "package.json": { type: "module", dependencies: MS, imports: { "#k": "./k.ts" } },
    "deno.json": { imports: { k: "./k.ts" } },
    "k.ts": "export const k = 1;",
    "main.ts": `import { k } from "k"; import { k as l } from "#k"; ${
      PATCHED.replace("ms.patched", "[k, l, ms.patched]")
    }`,
  },
  install: ".",
  prepare: (tree) => patch(tree, "node_modules/ms/index.js"),
});

testShape("package.json: a node_modules of a folder above, within the repository of packages", {
  files: {
    "package.json": { workspaces: ["app"] },
    "app/package.json": { name: "app", dependencies: MS },
    "app/main.ts": PATCHED,
  },
  main: "app/main.ts",
  prepare(tree) {
    tree.write("node_modules/ms/package.json", `{ "name": "ms", "version": "2.1.3" }`);
    tree.write("node_modules/ms/index.js", "module.exports = () => 5; module.exports.patched = 'hoisted';");
  },
});

// -- Nothing installed: deno run asks for it, a task takes packages from the server's cache --

testShape("package.json: of which nothing is installed, with what is locked", {
  files: {
    "package.json": { dependencies: { ms: "2" } },
    "deno.lock": packageLockOfMs("2.1.2"),
    "main.ts": VERSION,
  },
  answers: "2.1.2",
});

testShape("package.json: of which nothing is installed, with names of its own", {
  files: {
    "package.json": {
      name: "own",
      type: "commonjs",
      dependencies: MS,
      imports: { "#k": "./k.ts", "#lib/*": "./lib/*" },
      exports: { ".": { types: "./no.ts", import: "./k.ts" } },
    },
    "k.ts": "export const k = 1;",
    "lib/a.js": "exports.a = require('./b').b;",
    "lib/b.js": "exports.b = 2;",
    "main.ts":
      `import ms from "ms"; import { k } from "#k"; import { a } from "#lib/a.js"; import { k as l } from "own";
      export const f = () => [ms("1h"), k, a, l];`,
  },
  answers: [3_600_000, 1, 2, 1],
});

testShape("package.json beside a deno.json, of which nothing is installed", {
  files: {
    "package.json": { dependencies: MS },
    "deno.json": {},
    "main.ts": `import ms from "ms"; export const f = () => ms("1h");`,
  },
  answers: 3_600_000,
});

// -- Refused --

testShape("package.json: a package that is not installed is refused, and it is said where to install it", {
  files: { "package.json": { dependencies: MS }, "main.ts": `import n from "is-number"; export const f = () => n(1);` },
  install: ".",
  prepare: (tree) => tree.write("package.json", JSON.stringify({ dependencies: { ...MS, "is-number": "7.0.0" } })),
  refused: [`"is-number" is not in the node_modules`, "deno install", "main.ts:1:15"],
});

testShape("package.json: a version by npm: that is not installed is refused", {
  files: {
    "package.json": { dependencies: MS },
    "main.ts": `import ms from "npm:ms@2.0.0"; export const f = () => ms("1h");`,
  },
  install: ".",
  refused: [`"npm:ms@2.0.0" is not in the node_modules`, "deno install"],
});

testShape("package.json: a range that what is installed does not match any more: it runs all the same", {
  files: { "package.json": { dependencies: { ms: "2.1.2" } }, "main.ts": VERSION },
  install: ".",
  prepare: (tree) => tree.write("package.json", JSON.stringify({ dependencies: MS })),
});

testShape("package.json: a #name that it does not give is refused by name", {
  files: { "package.json": { imports: {} }, "main.ts": `import { k } from "#k"; export const f = () => k;` },
  refused: ["#k"],
});

testShape("package.json: a subpath that the package does not export is refused by name", {
  files: {
    "package.json": { dependencies: { chalk: "5.3.0" } },
    "main.ts": `import x from "chalk/no/such"; export const f = () => x;`,
  },
  install: ".",
  refused: ["./no/such"],
});

testShape("package.json: what is no JSON is refused by its name", {
  files: { "package.json": "{ name", "main.ts": `export const f = () => 1;` },
  refused: ["package.json", "must hold a JSON object"],
});
