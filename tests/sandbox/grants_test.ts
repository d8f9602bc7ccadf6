import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Permissions, remote } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { Attempt, Probe } from "../fixtures/sandbox_probes.ts";

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

function assertRefused(attempt: Attempt): void {
  assert("refused" in attempt, `It was allowed: ${Deno.inspect(attempt)}`);
  assertMatch(`${attempt.refused}: ${attempt.message}`, /requires/i);
}

/** Runs an attempt with these permissions, in the task or in a Web Worker of it. */
async function tryWith(bystander: Bystander, permissions: Permissions, name: Probe, arg: string): Promise<Attempt> {
  const client = bystander.client.with({ permissions });
  const attempt = await client.run(probes.probe, name, arg);
  const inWorker = await client.run(probes.probeInWorker, name, arg, "data");
  assertEquals(
    Object.keys(inWorker),
    Object.keys(attempt),
    `Another answer in a Web Worker: ${Deno.inspect(inWorker)}`,
  );
  return attempt;
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("A grant to read one file reads it and not its neighbour, nor one whose name begins alike", async () => {
  await using bystander = await Bystander.start();
  await withFolder(async (folder) => {
    for (const name of ["file", "file2", "neighbour"]) await Deno.writeTextFile(`${folder}/${name}`, `the ${name}`);
    const permissions = { read: [`${folder}/file`] };
    assertEquals(await tryWith(bystander, permissions, "readFile", `${folder}/file`), { allowed: "the file" });
    for (const name of ["file2", "neighbour", ""]) {
      assertRefused(await tryWith(bystander, permissions, name === "" ? "readDir" : "readFile", `${folder}/${name}`));
    }
    assertRefused(await tryWith(bystander, permissions, "write", `${folder}/file`));
    // As a file: URL it means the same.
    const byUrl = { read: [new URL(`file://${folder}/file`)] };
    assertEquals(await tryWith(bystander, byUrl, "readFile", `${folder}/file`), { allowed: "the file" });
  });
});

Deno.test("A grant to read or write a folder holds below it, and lets no way out of it be made", async () => {
  await using bystander = await Bystander.start();
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/in/deep`, { recursive: true });
    await Deno.writeTextFile(`${folder}/out`, "outside");
    await Deno.writeTextFile(`${folder}/in/deep/file`, "inside");
    const permissions = { read: [`${folder}/in`], write: [`${folder}/in`] };
    assertEquals(await tryWith(bystander, permissions, "readFile", `${folder}/in/deep/file`), { allowed: "inside" });
    assertRefused(await tryWith(bystander, permissions, "readFile", `${folder}/out`));
    assertRefused(await tryWith(bystander, permissions, "readFile", `${folder}/in/../out`));
    assertEquals(await tryWith(bystander, permissions, "write", `${folder}/in/new`), { allowed: undefined });
    assertEquals(await Deno.readTextFile(`${folder}/in/new`), "written");
    assertRefused(await tryWith(bystander, permissions, "write", `${folder}/out`));
    assertRefused(await tryWith(bystander, permissions, "write", `${folder}/input`));
    // Deno follows links that are there already; a task cannot make one.
    for (const name of ["symlink", "symlinkNode", "hardLink", "rename", "copy"] as const) {
      assertRefused(await tryWith(bystander, permissions, name, `${folder}/in/link`));
    }
    assertEquals(await Deno.readTextFile(`${folder}/out`), "outside");
  });
});

Deno.test("A grant to write one folder does not let read it", async () => {
  await using bystander = await Bystander.start();
  await withFolder(async (folder) => {
    const permissions = { write: [folder] };
    assertEquals(await tryWith(bystander, permissions, "write", `${folder}/file`), { allowed: undefined });
    assertRefused(await tryWith(bystander, permissions, "readFile", `${folder}/file`));
  });
});

Deno.test("A grant of net for one port connects there and to no other", async () => {
  await using bystander = await Bystander.start();
  using granted = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const permissions = { net: [`127.0.0.1:${granted.addr.port}`] };
  assertEquals(await tryWith(bystander, permissions, "connect", String(granted.addr.port)), { allowed: undefined });
  assertRefused(await tryWith(bystander, permissions, "connect", String(other.addr.port)));
  assertRefused(await tryWith(bystander, permissions, "listen", ""));
  const [, port] = bystander.server.address.split(":");
  assertRefused(await tryWith(bystander, permissions, "connect", port));
  const second = await bystander.client.with({ permissions }).run(probes.connectAgain);
  assertRefused(second.inTask);
  assertRefused(second.inWorker);
});

Deno.test("A grant of one variable gives it and no other", async () => {
  Deno.env.set("GRANTED_TO_A_TASK", "its value");
  Deno.env.set("GRANTED_TO_A_TASK2", "another value");
  try {
    await using bystander = await Bystander.start();
    const permissions = { env: ["GRANTED_TO_A_TASK"] };
    assertEquals(await tryWith(bystander, permissions, "envGet", "GRANTED_TO_A_TASK"), { allowed: "its value" });
    // Others read as absent.
    assertEquals(await tryWith(bystander, permissions, "envGet", "GRANTED_TO_A_TASK2"), { allowed: undefined });
    const all = await tryWith(bystander, permissions, "envAll", "");
    assertEquals(all, { allowed: { GRANTED_TO_A_TASK: "its value" } });
  } finally {
    Deno.env.delete("GRANTED_TO_A_TASK");
    Deno.env.delete("GRANTED_TO_A_TASK2");
  }
});

Deno.test("A grant of one fact about the system, or of one program, gives that one", async () => {
  await using bystander = await Bystander.start();
  assertEquals(await tryWith(bystander, { sys: ["hostname"] }, "hostname", ""), { allowed: Deno.hostname() });
  assertRefused(await tryWith(bystander, { sys: ["hostname"] }, "osRelease", ""));
  assertEquals(await tryWith(bystander, { run: ["echo"] }, "run", "echo"), { allowed: 0 });
  assertRefused(await tryWith(bystander, { run: ["echo"] }, "run", "ls"));
});

Deno.test("A grant by a link's path holds for that path and for what it leads to, and the ceiling for the latter", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/real`);
    await Deno.writeTextFile(`${folder}/real/file`, "content");
    await Deno.symlink(`${folder}/real`, `${folder}/link`);
    await using bystander = await Bystander.start({ permissionCeiling: { read: [`${folder}/real`], run: true } });
    const permissions = { read: [`${folder}/link`] };
    for (const path of [`${folder}/link/file`, `${folder}/real/file`]) {
      assertEquals(await tryWith(bystander, permissions, "readFile", path), { allowed: "content" });
    }
    const { client } = bystander;
    const shell = client.with({ permissions: { run: ["/bin/sh"] } });
    const source = async () => (await new Deno.Command("/bin/sh", { args: ["-c", "echo hi"] }).output()).code;
    assertEquals(await shell.run(source), 0);
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/real/out`);
    const beyond = client.with({ permissions: { read: [`${folder}/real/out`] } });
    const error = await beyond.run(() => 1).catch((error) => error);
    assertEquals([error.name, error.excess], ["PermissionCeilingExceeded", [`read ${folder}/elsewhere`]]);
  });
});
