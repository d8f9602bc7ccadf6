/**
 * What a task gets to behind the second wall and without it. A program that a task runs asks Deno nothing, and neither
 * does SQLite: they stand for a hole in the first wall.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Client, type Permissions, remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { allPids, commandLine, survivors } from "../fixtures/procfs.ts";
import { because, HERE, makeTree, withEach } from "./here.ts";

const walled = remote<typeof import("../fixtures/walled.ts")>(import.meta.resolve("../fixtures/walled.ts"));

/** What a program says that a task with these permissions runs; "refused" where it fails. */
async function says(client: Client, permissions: Permissions, ...command: [string, ...string[]]): Promise<string> {
  const [code, said] = await client.with({ permissions: { run: true, ...permissions } }).run(
    walled.program,
    ...command,
  );
  return code === 0 ? said : "refused";
}

/** By what it shows; each runs where there can be a wall. */
const SHOWN: Record<string, () => Promise<void>> = {
  "The key's file, in a folder that a task may read, is read by a program without the wall, and hidden behind it": () =>
    withEach(async (client, wall, tree) => {
      const key = tree.path("in/keys/authkey");
      for (const permissions of [{ read: [tree.path("in")] }, { read: true }, { read: true, write: true }] as const) {
        const shown = JSON.stringify(permissions);
        // The first wall alone keeps it from the task itself.
        const own = await client.with({ permissions }).run(walled.read, key).catch((error) => (error as Error).name);
        assertEquals(own, "NotCapable", shown);
        const isHeld = wall === "bwrap";
        assertEquals(await says(client, permissions, "cat", key), isHeld ? "refused" : "the key of the tests", shown);
        assertEquals(await says(client, permissions, "cat", tree.path("in/keys/other")), "not the server's", shown);
        const log = await says(client, permissions, "cat", tree.path("in/logs/Server.log"));
        assertEquals(log === "refused", isHeld, shown);
      }
    }, { keyFile: true }),

  "The key's file is not there behind the wall because a module imports it": () =>
    withEach(async (client, wall, tree) => {
      const key = tree.path("in/keys/authkey");
      Deno.writeTextFileSync(tree.path("in/deno.json"), "{}");
      // Of no more files than are mounted one by one.
      Deno.writeTextFileSync(
        tree.path("in/task.ts"),
        `export const load = () => import("./keys/authkey", { with: { type: "text" } });
         export const cat = async (path: string) =>
           new TextDecoder().decode((await new Deno.Command("cat", { args: [path] }).output()).stdout);`,
      );
      const task = remote<{ cat(path: string): Promise<string> }>(`file://${tree.path("in/task.ts")}`);
      const said = await client.with({ permissions: { run: true } }).run(task.cat, key);
      assertEquals(said, wall === "none" ? "the key of the tests" : "");
    }, { keyFile: true }),

  "The folder that the key's file is in is moved by a program without the wall, and by none behind it": () =>
    withEach(async (client, wall, tree) => {
      Deno.symlinkSync(tree.path("in"), tree.path("link"));
      for (const write of [[tree.path("in")], [tree.path("link")], true] as const) {
        const [from, to] = [tree.path("in/keys"), tree.path("in/moved")];
        const moved = await says(client, { read: true, write }, "mv", from, to);
        assertEquals(moved, wall === "none" ? "" : "refused", JSON.stringify(write));
        const key = await says(client, { read: [tree.path("in")] }, "cat", `${to}/authkey`);
        assertEquals(key, wall === "none" ? "the key of the tests" : "refused");
        if (wall === "none") Deno.renameSync(to, from);
        else assertEquals(await says(client, { read: true, write }, "touch", `${from}/other`), "");
      }
    }, { keyFile: true }),

  "A project with a package.json alone is loaded behind the wall as without it": () =>
    withEach(async (client, _wall, tree) => {
      Deno.writeTextFileSync(tree.path("in/package.json"), JSON.stringify({ imports: { "#seven": "./seven.ts" } }));
      Deno.writeTextFileSync(tree.path("in/seven.ts"), "export const seven = 7;");
      Deno.writeTextFileSync(tree.path("in/task.ts"), 'import { seven } from "#seven"; export const f = () => seven;');
      assertEquals(await client.run(remote<{ f(): number }>(`file://${tree.path("in/task.ts")}`).f), 7);
    }),

  "What was not granted is not there behind the wall, and what was granted to read cannot be written": () =>
    withEach(async (client, wall, tree) => {
      const isWhole = wall === "none";
      const permissions = { read: [tree.path("in")], write: [tree.path("in/deep")] };
      assertEquals(await says(client, permissions, "cat", tree.path("in/file")), "inside");
      assertEquals(await says(client, permissions, "cat", tree.path("out/file")), isWhole ? "outside" : "refused");
      const append = (path: string) => says(client, permissions, "sh", "-c", `echo more >> ${path}`);
      assertEquals(await append(tree.path("in/file")), isWhole ? "" : "refused");
      assertEquals(await append(tree.path("in/deep/file")), "");
      assertEquals(Deno.readTextFileSync(tree.path("in/deep/file")), "deepmore\n");
      assertEquals(Deno.readTextFileSync(tree.path("in/file")), isWhole ? "insidemore\n" : "inside");
      const seen = (await says(client, permissions, "ls", "/")).split("\n");
      for (const name of ["var", "srv", "sys"]) assertEquals(seen.includes(name), isWhole, name);
      if (isWhole) return;
      for (const folder of ["/", "/usr", "/etc", "/dev"]) assertEquals(await append(`${folder}/made`), "refused");
    }),

  "Links in a granted folder lead nowhere behind the wall, unless where they lead was granted": () =>
    withEach(async (client, wall, tree) => {
      Deno.symlinkSync(tree.path("out"), tree.path("in/link"));
      const link = tree.path("in/link/file");
      const read = (paths: string[]) =>
        client.with({ permissions: { read: paths } }).run(walled.read, link).catch((error) => (error as Error).name);
      assertEquals(await read([tree.path("in")]), wall === "none" ? "outside" : "NotFound");
      assertEquals(await read([tree.path("in"), tree.path("out")]), "outside");
      assertEquals(await read([tree.path("in/link")]), "outside");
      assertEquals(await read([link]), "outside");
    }),

  "D7: SQLite fills /dev/shm and /tmp without the wall, and 64 MiB that are its process's own behind it": () =>
    withEach(async (client, wall) => {
      const limited = client.with({ memoryMb: 64 });
      for (const folder of ["/dev/shm", "/tmp"]) {
        const came = await limited.run(walled.writeTemporary, folder, 80);
        assertEquals(came, wall === "none" ? "written" : "database or disk is full", folder);
      }
      if (wall === "none") return;
      for (const folder of ["/", "/dev", "/usr/lib", "/etc"]) {
        assertEquals(await limited.run(walled.writeTemporary, folder, 80), "not a writable directory", folder);
      }
    }),

  async "D6: a program that a task starts detached dies with the task behind the wall, however the task ends"() {
    await using bystander = await Bystander.start({ wall: "bwrap", graceMs: 0 });
    const of = (seconds: string) => allPids().filter((pid) => commandLine(pid).join(" ").endsWith(`sleep ${seconds}`));
    const running = bystander.client.with({ permissions: { run: true } });
    assertEquals(await running.run(walled.leaveDetached, "86391.5", false), "it runs");
    // Whatever it has left ends right behind it.
    assertEquals(await survivors(of("86391.5"), 5000), []);
    for (const [seconds, end] of [["86392.5", "cancel"], ["86393.5", "timeout"]] as const) {
      // As many as take the kernel some time to end.
      const handle = await running.with({ timeoutMs: end === "timeout" ? 5000 : undefined })
        .submit(walled.startMany, seconds, 300);
      for await (const _line of handle.logs) break;
      const pids = of(seconds);
      assertEquals(pids.length, 300, `sleep ${seconds}`);
      if (end === "cancel") await handle.cancel();
      await assertRejects(() => handle.result(), TaskError);
      // All of it is dead by the time that the task is over.
      assertEquals(await survivors(pids, 0), [], end);
    }
  },

  async "Without net a process has a network of its own behind the wall, with it that of the machine"() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await withEach(async (client, wall) => {
      const connect = (permissions: Permissions) =>
        says(client, permissions, "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`);
      assertEquals(await connect({}), wall === "none" ? "" : "refused");
      assertEquals(await connect({ net: true }), "");
      const permissions = { net: [`127.0.0.1:${port}`] };
      assertEquals(await client.with({ permissions }).run(walled.connect, port), "connected");
    });
  },

  async "A socket that is a file can be connected to where it may be read, behind the wall too and without net"() {
    await withEach(async (client, wall, tree) => {
      using listener = Deno.listen({ transport: "unix", path: tree.path("in/socket") });
      const accepted = listener.accept().catch(() => null);
      const code = "exit !IO::Socket::UNIX->new(Peer => shift)";
      const connect = (read: string[]) =>
        says(client, { read }, "perl", "-MIO::Socket::UNIX", "-e", code, tree.path("in/socket"));
      if (wall === "bwrap") assertEquals(await connect([tree.path("out")]), "refused");
      assertEquals(await connect([tree.path("in")]), "");
      (await accepted)?.close();
    });
  },

  async "Behind the wall a program sees no process of others, has no rights and makes no namespaces"() {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const { client } = bystander;
    assert(Number(await says(client, {}, "sh", "-c", "ls -d /proc/[0-9]* | wc -l")) < 10);
    const status = await says(client, {}, "cat", "/proc/self/status");
    for (const line of ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"]) {
      assertStringIncludes(status, line);
    }
    assertEquals(await says(client, {}, "unshare", "--user", "true"), "refused");
    // Root owns them, and needs no privilege to write there.
    for (const permissions of [{}, { read: true }, { read: true, write: true }] as const) {
      const rights = await says(client, permissions, "find", "/proc/sys", "/proc/irq", "-maxdepth", "2", "-writable");
      assertEquals(rights, "", JSON.stringify(permissions));
    }
    assertEquals(await says(client, {}, "mount", "-t", "tmpfs", "tmpfs", "/tmp"), "refused");
  },

  async "Behind the wall what was granted is found though it came later, and what took its place"() {
    await using tree = makeTree();
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const [file, later] = [tree.path("in/file"), tree.path("in/later")];
    const client = bystander.client.with({ permissions: { read: [file, later] }, isolation: "module" });
    assertEquals(await client.run(walled.read, file), "inside");
    assertEquals(await client.run(walled.read, later).catch((error) => (error as Error).name), "NotFound");
    tree.write("in/later", "later");
    assertEquals(await client.run(walled.read, later), "later");
    tree.write("in/new", "another");
    Deno.renameSync(tree.path("in/new"), file);
    assertEquals(await client.run(walled.read, file), "another");
  },

  "A grant to write what is not there is refused behind the wall, and says what to do": () =>
    withEach(async (client, wall, tree) => {
      const path = tree.path("in/made");
      const run = () => client.with({ permissions: { write: [path] } }).run(walled.write, path, "text");
      if (wall === "none") return await run();
      const error = await assertRejects(run, TaskError);
      assertEquals(error.code, "WALL_REFUSED");
      assertStringIncludes(error.message, `Cannot grant write ${path} behind the wall: nothing is there`);
      tree.write("in/made", "");
      await run();
      assertEquals(Deno.readTextFileSync(path), "text");
      const inFolder = client.with({ permissions: { write: [tree.path("in")] } });
      await inFolder.run(walled.write, tree.path("in/other"), "text");
      assertEquals(Deno.readTextFileSync(tree.path("in/other")), "text");
    }),

  "Behind the wall nothing of the server's cache is seen but what a task loads, and nothing of it can be changed": () =>
    withEach(async (client, wall) => {
      const inCache = (script: string) => says(client, { env: ["DENO_DIR"] }, "sh", "-c", `cd "$DENO_DIR"; ${script}`);
      const seen = (await inCache("ls .. ../..")).split("\n");
      assertEquals(seen.some((name) => ["locks", "remote", "location_data"].includes(name)), wall === "none");
      assertEquals(await inCache("echo > made; rm made"), wall === "none" ? "" : "refused");
    }),
};

/** What shows a row of docs/sandbox.md, by the beginning of the row. */
const ROWS: Record<string, string> = {
  "read the server's key": "The key's file",
  "read or write what was not granted": "What was not granted",
  "follow a link": "Links in a granted folder",
  "fill `/dev/shm` or `/tmp`": "D7",
  "leave a program behind": "D6",
  "connect to where": "Without net",
  "see, signal or trace others": "Behind the wall a program sees",
  "read or change what Deno keeps": "Behind the wall nothing of the server's cache",
};

Deno.test("docs/sandbox.md's table of the second wall has the rows that are shown, each with a column for both", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/sandbox.md", import.meta.url));
  const section = page.slice(page.indexOf("\n## The second wall"));
  const rows = [
    ...section.slice(0, section.search(/\n##+ (?!The second)/)).matchAll(/^\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm),
  ]
    .slice(2);
  assertEquals(rows.length, Object.keys(ROWS).length);
  for (const [, row, without, behind] of rows) {
    const start = Object.keys(ROWS).find((start) => row.startsWith(start));
    assert(start !== undefined, `nothing shows "${row}"`);
    assert(Object.keys(SHOWN).some((name) => name.startsWith(ROWS[start])), ROWS[start]);
    assert(without.length > 0 && behind.startsWith("stopped"), row);
  }
});

for (const [name, show] of Object.entries(SHOWN)) Deno.test(`${name}${because}`, HERE, show);
