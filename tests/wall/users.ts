/** The second wall of an ordinary user's server, and of one that may make no namespaces. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { OtherUser, whyNoOtherUser } from "../helpers/other_user.ts";
import { Client, remote } from "../../mod.ts";
import { childrenOf, commandLine, survivors } from "../fixtures/procfs.ts";
import { Home } from "../helpers/program.ts";
import { because, HERE } from "./here.ts";

const walled = remote<typeof import("../fixtures/walled.ts")>(import.meta.resolve("../fixtures/walled.ts"));

const WHY_NOT = whyNoOtherUser();
const AS_ROOT = { ignore: HERE.ignore || WHY_NOT !== null };
const name = (text: string) => `${text}${because}${WHY_NOT === null ? "" : ` (not here: ${WHY_NOT})`}`;

/** What the user runs in the package's folder: a program that says in JSON how tasks of its server fared. */
const PROGRAM = `
import { Client } from "./mod.ts";
import { Server } from "./server.ts";

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", wall: "bwrap" });
await using client = await Client.connect({ address: server.address, authkey: "key" });
const says = async (command: string, permissions = {}) =>
  await client.with({ permissions: { run: true, ...permissions } }).run(async (command: string) => {
    const { code, stdout } = await new Deno.Command("sh", { args: ["-c", command] }).output();
    return [code, new TextDecoder().decode(stdout)];
  }, command);
const home = Deno.env.get("HOME")!;
console.log(JSON.stringify({
  wall: server.status().wall.holds,
  sum: await client.run((x: number) => x + 1, 1),
  id: await says("id -u"),
  hidden: await says("cat " + home + "/secret"),
  granted: await says("cat " + home + "/secret", { read: [home] }),
  key: await says("cat " + home + "/config/palpable/authkey", { read: [home] }),
}));
`;

Deno.test(name("An ordinary user's server has the wall, and what is behind it is that user's"), AS_ROOT, async () => {
  await using user = await OtherUser.make();
  const own = async (path: string, text: string) => {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    await user.take(path);
  };
  await own(`${user.home}/secret`, "secret");
  await own(`${user.home}/config/palpable/authkey`, "key");
  await own(`${user.home}/package/walled_program.ts`, PROGRAM);
  const { code, stdout, stderr } = await user.run([user.deno, "run", "-A", "walled_program.ts"]);
  assertEquals([code, stderr], [0, ""]);
  const { hidden, key, ...rest } = JSON.parse(stdout);
  assertEquals(rest, { wall: "bwrap", sum: 2, id: [0, `${user.uid}\n`], granted: [0, "secret"] });
  assert(hidden[0] !== 0 && hidden[1] === "", stdout);
  assert(key[0] !== 0 && key[1] === "", stdout);
});

Deno.test(
  name("A server that may make no user namespaces is refused the wall, with what bubblewrap said"),
  AS_ROOT,
  async () => {
    await using user = await OtherUser.make();
    const serve = user.palpable("--address=127.0.0.1:0", "--wall=bwrap").map((word) => `'${word}'`).join(" ");
    // A namespace of its own in which there may be no more: what is set for it is set for no other program.
    const script = `echo 0 > /proc/sys/user/max_user_namespaces && exec ${serve}`;
    const { code, stderr } = await user.run(["unshare", "--user", "--map-root-user", "sh", "-c", script]);
    assertEquals(code, 1, stderr);
    for (const said of ["--wall", "max_*_namespaces exceeded", "allow this user to make user namespaces"]) {
      assertStringIncludes(stderr, said);
    }
  },
);

Deno.test(
  `What is behind the wall ends with a server that is killed, also what cannot notice${because}`,
  HERE,
  async () => {
    await using home = await Home.make();
    await using serving = await home.serve(["--address=127.0.0.1:0", "--wall=bwrap"]);
    const client = await Client.connect({ address: serving.address, authkeyFile: home.authkeyFile, reconnectMs: 0 });
    const handle = await client.with({ permissions: { run: true } }).submit(walled.leaveDetached, "86394.5", true);
    handle.result().catch(() => {});
    for await (const _line of handle.logs) break;
    const endless = await client.submit(walled.endless);
    endless.result().catch(() => {});
    for await (const _line of endless.logs) break;
    const around = childrenOf(serving.process.pid).filter((pid) => commandLine(pid).includes("--new-session"));
    const behind: number[] = [];
    for (let next = around.flatMap(childrenOf); next.length > 0; next = next.flatMap(childrenOf)) behind.push(...next);
    // Of each task the first process of the namespace and its own; and the program.
    assertEquals([around.length, behind.length], [2, 5]);
    serving.process.kill("SIGKILL");
    assertEquals(await survivors([...around, ...behind], 10_000), []);
    await client.close();
  },
);
