/** Projects with a deno.json: what a task answers is what `deno run` answers in the same folder. */
import { lockOfMs } from "./locks.ts";
import { patch, testShape } from "./shape.ts";

const VERSION = `import data from "ms/package.json" with { type: "json" }; export const f = () => data.version;`;
const PATCHED = `import ms from "ms"; export const f = () => [ms("1h"), ms.patched ?? false];`;
const MS = { ms: "npm:ms@2.1.3" };
const MS_2 = { ms: "npm:ms@2", "ms/": "npm:/ms@2/" };

// -- Names --

testShape("deno.json: names of its own files, of npm packages, and npm: itself", {
  files: {
    "deno.json": { imports: { ...MS, "lib/": "./lib/", one: "./lib/a.ts" } },
    "lib/a.ts": "export const a = 1;",
    "main.ts": `import ms from "ms"; import n from "npm:is-number@7.0.0"; import { a } from "lib/a.ts";
      import { a as b } from "one"; export const f = () => [ms("1h"), n(1), a, b];`,
  },
});

testShape("deno.jsonc: comments, and commas at the end", {
  files: {
    "deno.jsonc": `// a comment\n{ "imports": { /* another */ "a": "./a.ts", }, }`,
    "a.ts": "export const a = 1;",
    "main.ts": `import { a } from "a"; export const f = () => a;`,
  },
});

testShape("deno.json: an import map in a file, with scopes", {
  files: {
    "deno.json": { importMap: "./maps/map.json" },
    "maps/map.json": { imports: { a: "../a.ts" }, scopes: { "../sub/": { a: "../b.ts" } } },
    "a.ts": "export const a = 'a';",
    "b.ts": "export const a = 'b';",
    "sub/c.ts": `export { a } from "a";`,
    "main.ts": `import { a } from "a"; import { a as b } from "./sub/c.ts"; export const f = () => [a, b];`,
  },
});

testShape("deno.json: imports without an ending, where it says unstable: sloppy-imports", {
  files: {
    "deno.json": { unstable: ["sloppy-imports"] },
    "lib/a.ts": "export const a = 1;",
    "main.ts": `import { a } from "./lib/a"; export const f = () => a;`,
  },
});

testShape("deno.json: texts, JSON and modules of other folders of the project, by ../ as well", {
  files: {
    "deno.json": {},
    "data/text.txt": "text",
    "data/a.json": { a: 1 },
    "lib/b.ts": "export const b = 2;",
    "src/deep/main.ts": `import t from "../../data/text.txt" with { type: "text" };
      import a from "../../data/a.json" with { type: "json" };
      export const f = async () => [t, a, (await import("../../lib/b.ts")).b];`,
  },
  main: "src/deep/main.ts",
});

testShape("deno.json: CommonJS in .cjs files", {
  files: {
    "deno.json": {},
    "a.cjs": "exports.a = require('./b'); exports.c = require('./c.json');",
    "b.js": "module.exports = 'b';",
    "b.cjs": "module.exports = 'b';",
    "c.json": {},
    "package.json": { type: "commonjs" },
    "main.ts": `import { a, c } from "./a.cjs"; export const f = () => [a, c];`,
  },
});

testShape("deno.json: CommonJS in .js files, by a package.json beside it", {
  files: {
    "deno.json": {},
    "package.json": { type: "commonjs", dependencies: { "is-number": "7.0.0" } },
    "b.js": "exports.b = 'b';",
    "main.js": "const { b } = require('./b'); exports.f = () => b;",
  },
  main: "main.js",
});

testShape("deno.json: links to files and folders of the project", {
  files: {
    "deno.json": {},
    "real/a.ts": "export const a = 'a';",
    "main.ts": `import { a } from "./link.ts"; import { a as b } from "./folder/a.ts"; export const f = () => [a, b];`,
  },
  prepare(tree) {
    Deno.symlinkSync("real/a.ts", tree.path("link.ts"));
    Deno.symlinkSync("real", tree.path("folder"));
  },
});

testShape("deno.json: links, a package on this machine in the place of one from a registry", {
  files: {
    "app/deno.json": { links: ["../dep"], imports: { dep: "jsr:@x/dep@1" } },
    "app/main.ts": `import { d } from "dep"; export const f = () => d;`,
    "dep/deno.json": { name: "@x/dep", version: "1.0.0", exports: "./mod.ts" },
    "dep/mod.ts": `export { d } from "./inner.ts";`,
    "dep/inner.ts": "export const d = 'linked';",
  },
  main: "app/main.ts",
});

// -- JSX and other code of the same source --

const ELEMENT = "export const f = () => JSON.stringify(<p id='x'>text</p>);";

testShape("deno.json: JSX of a package that it imports by name", {
  files: {
    "deno.json": {
      imports: { preact: "npm:preact@10.25.4", "preact/": "npm:/preact@10.25.4/" },
      compilerOptions: { jsx: "react-jsx", jsxImportSource: "preact" },
    },
    "main.tsx": ELEMENT,
  },
  main: "main.tsx",
});

testShape("deno.json: JSX of a package by npm:", {
  files: {
    "deno.json": { compilerOptions: { jsx: "react-jsx", jsxImportSource: "npm:preact@10.25.4" } },
    "main.jsx": ELEMENT,
  },
  main: "main.jsx",
});

testShape("deno.json: JSX by a function of the module, and jsx: precompile by a runtime of the project", {
  files: {
    "deno.json": { compilerOptions: { jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment" } },
    "main.tsx":
      `const Fragment = "all"; const h = (...all: unknown[]) => all; export const f = () => <><b c="d">e</b></>;`,
  },
  main: "main.tsx",
});

testShape("deno.json: decorators as TypeScript had them", {
  files: {
    "deno.json": { compilerOptions: { experimentalDecorators: true } },
    "main.ts": `const seen: string[] = []; const mark = (_: object, name: string) => { seen.push(name); };
      class A { @mark method() {} } void A; export const f = () => seen;`,
  },
});

// -- Locks --

testShape("deno.lock: what is locked runs, not the latest", {
  files: { "deno.json": { imports: MS_2 }, "deno.lock": lockOfMs("2.1.2"), "main.ts": VERSION },
});

testShape("deno.lock: in another place of the project, as the deno.json says", {
  files: {
    "deno.json": { imports: MS_2, lock: { path: "./locks/own.lock" } },
    "locks/own.lock": lockOfMs("2.1.2"),
    "main.ts": VERSION,
  },
});

testShape("deno.lock: lock: false, and one that is there all the same", {
  files: { "deno.json": { imports: MS_2, lock: false }, "deno.lock": lockOfMs("2.1.2"), "main.ts": VERSION },
});

testShape("deno.lock: of the workspace's root, for a member", {
  files: {
    "deno.json": { workspace: ["./a"], imports: MS_2 },
    "deno.lock": lockOfMs("2.1.2"),
    "a/deno.json": {},
    "a/main.ts": VERSION,
  },
  main: "a/main.ts",
});

testShape("deno.lock: one that lacks a package is completed, and is not written", {
  files: {
    "deno.json": { imports: { ...MS_2, n: "npm:is-number@7.0.0" } },
    "deno.lock": lockOfMs("2.1.2"),
    "main.ts": `import n from "n"; ${VERSION.replace("data.version", "[data.version, n(1)]")}`,
  },
});

testShape("deno.lock: a frozen one that lacks a package is refused", {
  files: {
    "deno.json": { imports: { ...MS_2, n: "npm:is-number@7.0.0" }, lock: { frozen: true } },
    "deno.lock": lockOfMs("2.1.2"),
    "main.ts": `import n from "n"; export const f = () => n(1);`,
  },
  refused: ["/deno.lock is frozen and lacks", "deno install --frozen=false"],
});

testShape("deno.lock: a package that is not the one that was locked is refused by name", {
  files: {
    "deno.json": { imports: MS_2 },
    "deno.lock": lockOfMs("2.1.3", "npm:ms@2", `sha512-${"A".repeat(86)}==`),
    "main.ts": VERSION,
  },
  newCache: true,
  refused: ["/deno.lock locks another ms@2.1.3", "deno install"],
});

testShape("deno.lock: what is no lock file is refused by its name", {
  files: { "deno.json": { imports: MS_2 }, "deno.lock": "no lock file", "main.ts": VERSION },
  refused: ["/deno.lock is none that Deno can read"],
});

// -- node_modules --

for (
  const [said, nodeModulesDir] of [
    ["manual, what lies there runs, changed as it may be", "manual"],
    ["none, and what lies in a node_modules does not run", "none"],
    ["not said, and what lies in a node_modules does not run", undefined],
  ] as const
) {
  testShape(`nodeModulesDir: ${said}`, {
    files: { "deno.json": { imports: MS, nodeModulesDir: "auto" }, "main.ts": PATCHED },
    install: ".",
    prepare(tree) {
      patch(tree, "node_modules/ms/index.js");
      tree.write("deno.json", JSON.stringify({ imports: MS, nodeModulesDir }));
    },
  });
}

testShape("nodeModulesDir: auto, what was installed runs, changed as it may be", {
  files: { "deno.json": { imports: MS, nodeModulesDir: "auto" }, "main.ts": PATCHED },
  install: ".",
  prepare: (tree) => patch(tree, "node_modules/ms/index.js"),
});

testShape("nodeModulesDir: auto, of which nothing is installed yet", {
  files: { "deno.json": { imports: MS, nodeModulesDir: "auto" }, "main.ts": PATCHED },
});

testShape("nodeModulesDir: auto, which lacks a package that came since: deno run installs it, a task says so", {
  files: {
    "deno.json": { imports: MS, nodeModulesDir: "auto" },
    "main.ts": `import n from "n"; export const f = () => n(1);`,
  },
  install: ".",
  prepare: (tree) =>
    tree.write("deno.json", JSON.stringify({ imports: { ...MS, n: "npm:is-number@7.0.0" }, nodeModulesDir: "auto" })),
  refused: [`"n" is not in the node_modules`, "deno install"],
  only: "task",
});

testShape("vendor: true, which has a node_modules", {
  files: { "deno.json": { imports: MS, vendor: true }, "main.ts": PATCHED },
  install: ".",
  prepare: (tree) => patch(tree, "node_modules/ms/index.js"),
});

// -- Refused --

testShape("An import of a file outside of the project is refused where no module root has both", {
  files: {
    "lib/x.ts": "export const x = 1;",
    "app/main.ts": `import { x } from "../lib/x.ts"; export const f = () => x;`,
  },
  main: "app/main.ts",
  refused: ["/lib/x.ts", "leads out of the project", "moduleRoots", "--module-root", "app/main.ts:1:19"],
  only: "task",
});

testShape("A name of the import map that leads outside is refused the same way", {
  files: {
    "lib/x.ts": "export const x = 1;",
    "app/deno.json": { imports: { x: "../lib/x.ts" } },
    "app/main.ts": `import { x } from "x"; export const f = () => x;`,
  },
  main: "app/main.ts",
  refused: ["/lib/x.ts", "leads out of the project", "moduleRoots"],
  only: "task",
});

testShape("A link of the project that leads out of it is refused the same way", {
  files: {
    "lib/x.ts": "export const x = 1;",
    "app/deno.json": {},
    "app/main.ts": `import { x } from "./link.ts"; export const f = () => x;`,
  },
  prepare: (tree) => Deno.symlinkSync(tree.path("lib/x.ts"), tree.path("app/link.ts")),
  main: "app/main.ts",
  refused: ["/app/link.ts", "leads out of the project", "moduleRoots"],
  only: "task",
});

testShape("Names of an import map that mean each other are refused by name", {
  files: { "deno.json": { imports: { a: "b", b: "a" } }, "main.ts": `import "a"; export const f = () => 1;` },
  refused: [`"a"`],
});

testShape("A package without the asked export is refused by name", {
  files: {
    "deno.json": { imports: MS },
    "main.ts": `import { nothing } from "ms"; export const f = () => nothing;`,
  },
  refused: ["nothing"],
});

testShape("A configuration that is none is refused by its name", {
  files: { "deno.json": "{ imports", "main.ts": `export const f = () => 1;` },
  refused: ["deno.json"],
});

// -- Of others, and not to be written --

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

testShape("A project that belongs to another user", {
  files: { "deno.json": { imports: MS_2 }, "deno.lock": lockOfMs("2.1.2"), "main.ts": VERSION },
  prepare: (tree) => {
    for (const name of ["", "deno.json", "deno.lock", "main.ts"]) Deno.chownSync(tree.path(name), 65534, 65534);
  },
  refusedBehindWall: ["cannot be put behind the second wall, where root has no privilege", "Permission denied"],
  // Only root can give files away.
  ignore: !isRoot,
});

testShape("A project that nobody may write to", {
  files: { "deno.json": { imports: MS, nodeModulesDir: "manual" }, "main.ts": PATCHED },
  // As root this shows only that the modes do no harm: root may write to them all the same.
  prepare: (tree) => {
    tree.write("node_modules/ms/package.json", `{ "name": "ms", "version": "2.1.3", "main": "./index.js" }`);
    tree.write("node_modules/ms/index.js", "module.exports = () => 5; module.exports.patched = true;");
    for (const name of ["deno.json", "main.ts", "node_modules/ms/index.js"]) Deno.chmodSync(tree.path(name), 0o444);
    if (isRoot) Deno.chmodSync(tree.root, 0o555);
  },
  ignore: Deno.build.os === "windows",
});
