import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { findDenoDir } from "../helpers/hands.ts";
import { RecordingHost, Variables } from "../helpers/recording_host.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const SECRET = "a-secret-of-the-server";

/** What running an export that cannot be loaded raises. */
async function refusalOf(bystander: Bystander, url: string): Promise<TaskError> {
  // deno-lint-ignore no-explicit-any
  const error = await bystander.client.run(remote<any>(url).f).catch((error) => error);
  assertInstanceOf(error, TaskError, `${url} was loaded: ${Deno.inspect(error)}`);
  assert(!Deno.inspect(error).includes(SECRET), error.message);
  return error;
}

/** An .npmrc by which a project has a registry of its own, and sends it what these variables hold. */
function npmrc({ url, host }: RecordingHost, ...names: string[]): string {
  return `registry=${url}\n//${host}/:_authToken=token-${names.map((name) => `\${${name}}`).join("")}\n`;
}

const IMPORTS_NPM = `import "npm:there-is-no-such-package@1"; export const f = () => 1;`;

Deno.test("S1: no variable of the server is put into what a project's .npmrc says", async () => {
  using _variables = new Variables({ AWS_SECRET_ACCESS_KEY: SECRET, PALPABLE_AUTHKEY: SECRET });
  await using host = new RecordingHost();
  await using bystander = await Bystander.start();
  await using tree = new TempTree({
    "deno.json": "{}",
    ".npmrc": npmrc(host, "AWS_SECRET_ACCESS_KEY", "PALPABLE_AUTHKEY"),
    "y.ts": IMPORTS_NPM,
  });
  await refusalOf(bystander, tree.url("y.ts"));
  assert(host.authorizations.length > 0, "the project's registry is asked, with what its file says itself");
  for (const authorization of host.authorizations) assert(!authorization.includes(SECRET), authorization);
});

Deno.test("S1: an .npmrc that names one of the few variables that a helper has is refused, also in a parent folder", async () => {
  using _variables = new Variables({ HTTPS_PROXY: `http://user:${SECRET}@127.0.0.1:9/` });
  await using host = new RecordingHost();
  await using bystander = await Bystander.start();
  for (const name of ["HTTPS_PROXY", "HOME", "DENO_DIR", "NPM_CONFIG_REGISTRY", "https_proxy?"]) {
    const variable = name.replace("?", "");
    for (const folder of ["", "member/"]) {
      await using tree = new TempTree({
        "deno.json": folder === "" ? "{}" : `{ "work\\u0073pace": ["./member"] }`,
        ".npmrc": npmrc(host, name),
        "member/deno.json": "{}",
        "y.ts": IMPORTS_NPM,
        "member/y.ts": IMPORTS_NPM,
      });
      const error = await refusalOf(bystander, tree.url(`${folder}y.ts`));
      assertEquals(error.code, "MODULE_LOAD_FAILED");
      assertStringIncludes(error.message, `Cannot use ${tree.path(".npmrc")}: it names the variable ${variable}`);
    }
  }
  assertEquals(host.requests, []);
});

Deno.test("S1: moduleImports local reaches nothing, whatever a project or a client names", async () => {
  await using host = new RecordingHost();
  using _variables = new Variables({ JSR_URL: host.url, NPM_CONFIG_REGISTRY: host.url });
  await using bystander = await Bystander.start({ moduleImports: "local" });
  const imports = ["npm:x@1", "jsr:@x/x@1", `${host.url}x.ts`, "mapped"];
  await using tree = new TempTree({
    "deno.json": JSON.stringify({
      imports: { mapped: "npm:y@1" },
      compilerOptions: { jsx: "react-jsx", jsxImportSource: "npm:jsx@1" },
    }),
    ".npmrc": npmrc(host),
    "jsx.tsx": "export const f = () => <p></p>;",
    ...Object.fromEntries(imports.map((name, at) => [`${at}.ts`, `import "${name}"; export const f = () => 1;`])),
    "lazy.ts": `export const f = () => import("npm:lazy@1");`,
    "types.ts": `import type { T } from "npm:types@1"; export const f = (t?: T) => t;`,
  });
  const local = [...imports.keys().map((at) => `${at}.ts`), "jsx.tsx", "lazy.ts", "types.ts"].map((name) =>
    tree.url(name)
  );
  for (const url of [...local, `${host.url}x.ts`, "npm:x@1", "jsr:@x/x@1"]) {
    const error = await refusalOf(bystander, url);
    assertStringIncludes(error.message, "local modules only", url);
  }
  assertEquals(host.requests, []);
});

Deno.test("S1: with a ceiling a module from elsewhere that a client names is refused before it is fetched", async () => {
  await using host = new RecordingHost();
  using _variables = new Variables({ JSR_URL: host.url, NPM_CONFIG_REGISTRY: host.url });
  await using bystander = await Bystander.start({ permissionCeiling: {} });
  for (const url of [`${host.url}x.ts`, "npm:x@1", "jsr:@x/x@1"]) {
    assertEquals((await refusalOf(bystander, url)).code, "MODULE_NOT_ALLOWED", url);
  }
  assertEquals(host.requests, []);
});

Deno.test("S1: a URL with a user name or a password in it is refused, and no message shows them", async () => {
  await using host = new RecordingHost();
  await using bystander = await Bystander.start();
  await using tree = new TempTree({
    "deno.json": "{}",
    "inner.ts": `import "http://user:${SECRET}@${host.host}/x.ts"; export const f = () => 1;`,
    "lazy.ts": `export const f = () => import("http://${SECRET}@${host.host}/x.ts");`,
  });
  const named = [`http://user:${SECRET}@${host.host}/x.ts`, `http:user:${SECRET}@${host.host}/x.ts`];
  for (const url of [...named, `ftp://user:${SECRET}@${host.host}/x.ts`]) {
    const error = await refusalOf(bystander, url);
    assertEquals(error.code, "INVALID_REQUEST", error.message);
    assertStringIncludes(error.message, host.host);
  }
  for (const file of ["inner.ts", "lazy.ts"]) {
    const error = await refusalOf(bystander, tree.url(file));
    assertEquals(error.code, "MODULE_LOAD_FAILED");
    assertStringIncludes(error.message, `imports http://${host.host}/x.ts by a URL with a user name or a password`);
  }
  assertEquals(host.requests, []);
});

Deno.test("S1: each fetch leaves a line in the log that names the module and its project", async () => {
  await using host = new RecordingHost();
  await using tree = new TempTree({
    "project/deno.json": "{}",
    "project/.npmrc": npmrc(host),
    "project/y.ts": IMPORTS_NPM,
    "project/local.ts": "export const f = () => 1;",
    "logs": null,
  });
  await using bystander = await Bystander.start({ logLevel: "info", logFolder: tree.path("logs"), logConsole: false });
  await refusalOf(bystander, tree.url("project/y.ts"));
  // deno-lint-ignore no-explicit-any
  await bystander.client.run(remote<any>(tree.url("project/local.ts")).f);
  const lines = (await Deno.readTextFile(tree.path("logs/Server.log"))).split("\n").filter((line) =>
    /Fetching/.test(line)
  );
  assertEquals(lines.length, 1);
  const project = tree.path("project");
  assertStringIncludes(lines[0], `Fetching for ${tree.url("project/y.ts")} (project ${project}): npm:there-is-no-such`);
});

Deno.test("S1: what the home of the server's user says of npm counts for projects without an .npmrc, and is sent to no other's", async () => {
  await using host = new RecordingHost();
  await using home = new TempTree({
    ".npmrc": `registry=${host.url}\n//${host.host}/:_authToken=token-of-the-home-\${AWS_SECRET_ACCESS_KEY}\n`,
  });
  await using tree = new TempTree({
    "plain/deno.json": "{}",
    "plain/y.ts": IMPORTS_NPM,
    "own/deno.json": "{}",
    "own/.npmrc": `registry=${host.url}\n`,
    "own/y.ts": IMPORTS_NPM,
  });
  using _variables = new Variables({
    HOME: home.root,
    DENO_DIR: await findDenoDir(),
    AWS_SECRET_ACCESS_KEY: SECRET,
  });
  await using bystander = await Bystander.start();
  await refusalOf(bystander, tree.url("own/y.ts"));
  const asked = host.requests.length;
  assert(asked > 0);
  assertEquals(host.authorizations, []);
  await refusalOf(bystander, tree.url("plain/y.ts"));
  assert(host.requests.length > asked);
  assertEquals(new Set(host.authorizations), new Set(["Bearer token-of-the-home-${AWS_SECRET_ACCESS_KEY}"]));
});

Deno.test("S1: an .npmrc of a workspace that a package.json above makes is the project's own too", async () => {
  await using host = new RecordingHost();
  await using home = new TempTree({ ".npmrc": `//${host.host}/:_authToken=token-of-the-home\n` });
  await using tree = new TempTree({
    "package.json": `{ "workspaces": ["./member"] }`,
    ".npmrc": `registry=${host.url}\n`,
    "member/deno.json": "{}",
    "member/package.json": `{ "name": "member" }`,
    "member/y.ts": IMPORTS_NPM,
  });
  using _variables = new Variables({
    HOME: home.root,
    DENO_DIR: await findDenoDir(),
    HTTPS_PROXY: `http://user:${SECRET}@127.0.0.1:9/`,
    NO_PROXY: "127.0.0.1",
  });
  await using bystander = await Bystander.start();
  await refusalOf(bystander, tree.url("member/y.ts"));
  assert(host.requests.length > 0, "its registry is asked");
  assertEquals(host.authorizations, []);
  tree.write(".npmrc", npmrc(host, "HTTPS_PROXY"));
  tree.write("member/other.ts", IMPORTS_NPM);
  const error = await refusalOf(bystander, tree.url("member/other.ts"));
  assertStringIncludes(error.message, `Cannot use ${tree.path(".npmrc")}: it names the variable HTTPS_PROXY`);
  assertEquals(host.authorizations, []);
});
