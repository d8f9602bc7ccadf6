import { assertEquals, assertRejects } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { AUTHKEY_VARIABLE, defaultAuthkeyFile, findAuthkey, readAuthkeyFile } from "../../client/authkey_file.ts";

const HAS_MODES = Deno.build.os !== "windows";
const VARIABLES = ["HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME", AUTHKEY_VARIABLE];

/** A folder that is the home of a user for as long as it is in use; nothing of the real environment shows. */
class Home implements AsyncDisposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync());
  #before = VARIABLES.map((name) => [name, Deno.env.get(name)] as const);

  constructor() {
    for (const name of VARIABLES) Deno.env.delete(name);
    for (const name of ["HOME", "APPDATA"]) Deno.env.set(name, this.path);
  }

  /** Writes a key file. */
  async write(name: string, text: string, mode = 0o600): Promise<string> {
    const file = `${this.path}/${name}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
    if (HAS_MODES) await Deno.chmod(file, mode);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, value] of this.#before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    await Deno.remove(this.path, { recursive: true });
  }
}

async function unusable(read: () => Promise<unknown>, message: string): Promise<void> {
  const error = await assertRejects(read, TaskError, message);
  assertEquals(error.code, "AUTHKEY_UNUSABLE");
}

Deno.test("readAuthkeyFile() gives the text without its last line break", async () => {
  await using home = new Home();
  for (
    const [text, key] of [["key", "key"], ["key\n", "key"], ["key\r\n", "key"], ["a\n\n", "a\n"], [" k \n", " k "]]
  ) {
    assertEquals(await readAuthkeyFile(await home.write("key", text)), key);
  }
});

Deno.test("readAuthkeyFile() refuses a file that is empty or not there", async () => {
  await using home = new Home();
  await unusable(() => readAuthkeyFile(`${home.path}/none`), `Cannot read the authkey file ${home.path}/none`);
  for (const text of ["", "\n"]) {
    const file = await home.write("key", text);
    await unusable(() => readAuthkeyFile(file), "it is empty");
  }
});

Deno.test("readAuthkeyFile() refuses a file that others may read", { ignore: !HAS_MODES }, async () => {
  await using home = new Home();
  for (const mode of [0o640, 0o604, 0o644, 0o660, 0o777]) {
    const file = await home.write("key", "key", mode);
    await unusable(() => readAuthkeyFile(file), `others may read it; run "chmod 600 ${file}"`);
  }
  assertEquals(await readAuthkeyFile(await home.write("key", "key", 0o400)), "key");
});

Deno.test("findAuthkey() takes what is given, else the named file, else the variable, else the default file", async () => {
  await using home = new Home();
  const named = await home.write("named", "named key\n");
  const text = defaultAuthkeyFile()!;
  await home.write(text.slice(home.path.length + 1), "default key\n");
  Deno.env.set(AUTHKEY_VARIABLE, "variable key");
  assertEquals(await findAuthkey("given", named), "given");
  assertEquals(await findAuthkey(new Uint8Array([1]), named), new Uint8Array([1]));
  assertEquals(await findAuthkey(undefined, named), "named key");
  assertEquals(await findAuthkey(), "variable key");
  Deno.env.delete(AUTHKEY_VARIABLE);
  assertEquals(await findAuthkey(), "default key");
});

Deno.test("findAuthkey() says what can be done when there is no key", async () => {
  await using home = new Home();
  await unusable(
    () => findAuthkey(),
    `give authkey or authkeyFile, set ${AUTHKEY_VARIABLE}, or start the server on this account`,
  );
  await unusable(() => findAuthkey(undefined, `${home.path}/none`), "Cannot read the authkey file");
});

Deno.test("defaultAuthkeyFile() is in the user's config folder", { ignore: Deno.build.os !== "linux" }, async () => {
  await using home = new Home();
  assertEquals(defaultAuthkeyFile(), `${home.path}/.config/palpable/authkey`);
  // As the XDG specification says: empty counts as not set.
  Deno.env.set("XDG_CONFIG_HOME", "");
  assertEquals(defaultAuthkeyFile(), `${home.path}/.config/palpable/authkey`);
  Deno.env.set("XDG_CONFIG_HOME", "/conf");
  assertEquals(defaultAuthkeyFile(), "/conf/palpable/authkey");
  Deno.env.delete("XDG_CONFIG_HOME");
  Deno.env.delete("HOME");
  assertEquals(defaultAuthkeyFile(), null);
});
