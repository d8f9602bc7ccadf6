/**
 * `deno publish` from a copy: `deno task publish:dry`. Arguments are passed on.
 *
 * The stand-ins in links/ lie within this package, so `deno publish` takes them for modules of it that were left out.
 * In the copy they lie beside it. A real publish (no `--dry-run`) does without them and checks against JSR.
 *
 * The bundle is made where it is not current. `!process/*.js` in deno.json has it published, though git ignores it.
 */

import { makeBundle } from "./bundle.ts";

await makeBundle();

const root = new URL("../", import.meta.url);
const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
const skipped = new Set([...config.publish.exclude, ".git", "node_modules", "coverage"]);

function copy(from: string, to: string) {
  if (!Deno.statSync(new URL(from, root)).isDirectory) return Deno.copyFileSync(new URL(from, root), to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(new URL(from, root))) copy(`${from}/${name}`, `${to}/${name}`);
}

const temporary = Deno.makeTempDirSync({ prefix: "palpable_publish_" });
try {
  Deno.mkdirSync(`${temporary}/package`);
  for (const { name } of Deno.readDirSync(root)) {
    if (!skipped.has(name)) copy(name, `${temporary}/package/${name}`);
  }
  copy("links", `${temporary}/links`);
  const links = Deno.args.includes("--dry-run")
    ? config.links.map((link: string) => link.replace("./links/", "../links/"))
    : [];
  Deno.writeTextFileSync(`${temporary}/package/deno.json`, JSON.stringify({ ...config, links }, null, 2));
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--allow-dirty", ...Deno.args],
    cwd: `${temporary}/package`,
  }).spawn().status;
  Deno.exitCode = code;
} finally {
  Deno.removeSync(temporary, { recursive: true });
}
