/** What a path or a program's name leads to is looked up when a process starts, not once and for all. */
import { assert, assertEquals } from "@std/assert";
import { remote } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const IS_UNIX = Deno.build.os !== "windows";

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

/** `current`, a link to `data`, and `secret` outside of what the ceiling allows. */
function dataAndSecret(): TempTree {
  const tree = new TempTree({ "allowed/data/file": "data", "allowed/next/file": "next", "secret/file": "secret" });
  Deno.symlinkSync(tree.path("allowed/data"), tree.path("current"));
  return tree;
}

function moveLink(tree: TempTree, target: string): void {
  Deno.symlinkSync(tree.path(target), tree.path("new"));
  Deno.renameSync(tree.path("new"), tree.path("current"));
}

/** The excess that a promise is refused for, or what it gives. */
async function excessOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return (error as { excess?: unknown }).excess ?? error;
  }
}

for (const isolation of ["task", "module"] as const) {
  Deno.test(
    `S4: a link that was moved since the last task is looked up again, isolation "${isolation}"`,
    { ignore: !IS_UNIX },
    async () => {
      await using tree = dataAndSecret();
      await using bystander = await Bystander.start({ permissionCeiling: { read: [tree.path("allowed")] }, isolation });
      const client = bystander.client.with({ permissions: { read: [tree.path("current")] } });
      const read = () => client.run(probes.probe, "readFile", tree.path("current/file"));
      // Three times: until then there are spares and idle processes of the kind.
      for (let round = 0; round < 3; round++) assertEquals(await read(), { allowed: "data" });
      moveLink(tree, "secret");
      assertEquals(await excessOf(read()), [`read ${tree.path("secret")}`]);
      moveLink(tree, "allowed/next");
      assertEquals(await read(), { allowed: "next" });
      // Not by the old name either.
      const byTarget = await client.run(probes.probe, "readFile", tree.path("allowed/data/file"));
      assert("refused" in byTarget, Deno.inspect(byTarget));
      moveLink(tree, "allowed/data");
      assertEquals(await read(), { allowed: "data" });
    },
  );
}

Deno.test(
  "S4: a link that is moved while the task waits is looked up when it starts",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = dataAndSecret();
    await using bystander = await Bystander.start({
      permissionCeiling: { read: [tree.path("allowed")] },
      numWorkers: 1,
      isolation: "module",
    });
    const client = bystander.client.with({ permissions: { read: [tree.path("current")] } });
    assertEquals(await client.run(probes.probe, "readFile", tree.path("current/file")), { allowed: "data" });
    const endless = await bystander.client.submit(() => new Promise(() => setInterval(() => {}, 1000)));
    const waiting = await client.submit(probes.probe, "readFile", tree.path("current/file"));
    const other = await client.submit(probes.probe, "readFile", tree.path("current/file"));
    moveLink(tree, "secret");
    await endless.cancel();
    for (const handle of [waiting, other]) {
      assertEquals(await excessOf(handle.result()), [`read ${tree.path("secret")}`]);
    }
    await bystander.assertGoesOn();
  },
);

Deno.test("S4: a folder that was granted and has become a link is looked up again", { ignore: !IS_UNIX }, async () => {
  await using tree = dataAndSecret();
  await using bystander = await Bystander.start({ permissionCeiling: { read: [tree.path("allowed")] } });
  const client = bystander.client.with({ permissions: { read: [tree.path("allowed/data")] } });
  const read = () => client.run(probes.probe, "readFile", tree.path("allowed/data/file"));
  assertEquals(await read(), { allowed: "data" });
  await Deno.rename(tree.path("allowed/data"), tree.path("allowed/old"));
  await Deno.symlink(tree.path("secret"), tree.path("allowed/data"));
  assertEquals(await excessOf(read()), [`read ${tree.path("secret")}`]);
});

Deno.test(
  "S4: a subtask finds the link as it is when it starts, and has no more than its parent",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = dataAndSecret();
    await using bystander = await Bystander.start({ permissionCeiling: { read: [tree.path("allowed")] } });
    const parent = bystander.client.with({ permissions: { read: [tree.path("current")] } });
    const file = tree.path("current/file");
    assertEquals(await parent.run(probes.probeInSubtask, "inherit", "readFile", file), { allowed: "data" });
    moveLink(tree, "allowed/next");
    assertEquals(await parent.run(probes.probeInSubtask, "inherit", "readFile", file), { allowed: "next" });
    const old = { read: [tree.path("allowed/data")] };
    assertEquals(await parent.run(probes.excessOf, old), [`read ${tree.path("allowed/data")}`]);
  },
);

/** Programs that are one file under several names, as those of busybox are; each prints the name it was called by. */
function multiCall(): TempTree {
  const tree = new TempTree({ "bb/multi": '#!/bin/sh\necho "${0##*/}"\n', "other/tool": "#!/bin/sh\necho other\n" });
  for (const name of ["bb/multi", "other/tool"]) Deno.chmodSync(tree.path(name), 0o755);
  for (const name of ["ls", "sh"]) Deno.symlinkSync("multi", tree.path(`bb/${name}`));
  Deno.linkSync(tree.path("bb/multi"), tree.path("bb/hard"));
  Deno.symlinkSync(tree.path("bb"), tree.path("link"));
  return tree;
}

Deno.test("S6: a program of several names is granted by its name, not by the file that they share", {
  ignore: !IS_UNIX,
}, async () => {
  await using tree = multiCall();
  const ceiling = { run: [tree.path("bb/ls")] };
  await using bystander = await Bystander.start({ permissionCeiling: ceiling });
  const run = (granted: string, program: string) =>
    bystander.client.with({ permissions: { run: [tree.path(granted)] } }).run(probes.probe, "run", tree.path(program));
  assertEquals(await run("bb/ls", "bb/ls"), { allowed: 0 });
  // The same name by way of a folder that is a link.
  assertEquals(await run("link/ls", "link/ls"), { allowed: 0 });
  for (const name of ["bb/sh", "bb/multi", "bb/hard", "link/sh"]) {
    const asked = name.replace("link", "bb");
    assertEquals(await excessOf(run(name, name)), [`run ${tree.path(asked)}`], name);
    // Nor does the grant of one name run another.
    const attempt = await run("bb/ls", name);
    assert("refused" in attempt && /Requires run access/.test(attempt.message), `${name}: ${Deno.inspect(attempt)}`);
  }
  // A subtask gets no other name either.
  const parent = bystander.client.with({ permissions: ceiling });
  const excess = await parent.run(probes.excessOf, { run: [tree.path("bb/sh")] });
  assertEquals(excess, [`run ${tree.path("bb/sh")}`]);
});

Deno.test(
  "S6: a name that has come to lead to another program is not what the ceiling allows",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = multiCall();
    await using bystander = await Bystander.start({ permissionCeiling: { run: [tree.path("bb/ls")] } });
    const client = bystander.client.with({ permissions: { run: [tree.path("bb/ls")] } });
    const run = () => client.run(probes.probe, "run", tree.path("bb/ls"));
    assertEquals(await run(), { allowed: 0 });
    await Deno.remove(tree.path("bb/ls"));
    await Deno.symlink(tree.path("other/tool"), tree.path("bb/ls"));
    assertEquals(await excessOf(run()), [`run ${tree.path("bb/ls")} (which leads to ${tree.path("other/tool")})`]);
  },
);

Deno.test("S6: a bare name covers that name, wherever it is found in PATH", { ignore: !IS_UNIX }, async () => {
  await using tree = multiCall();
  const before = Deno.env.get("PATH");
  Deno.env.set("PATH", `${tree.path("bb")}:${before}`);
  try {
    await using bystander = await Bystander.start({ permissionCeiling: { run: ["ls"] } });
    const client = bystander.client.with({ permissions: { run: ["ls"] } });
    assertEquals(await client.run(probes.probe, "run", "ls"), { allowed: 0 });
    for (const name of ["sh", "multi", "hard", tree.path("bb/sh"), tree.path("bb/multi")]) {
      const attempt = await client.run(probes.probe, "run", name);
      assert("refused" in attempt && /Requires run access/.test(attempt.message), `${name}: ${Deno.inspect(attempt)}`);
      const beyond = bystander.client.with({ permissions: { run: [name] } }).run(() => 1);
      assertEquals(await excessOf(beyond), [`run ${name}`]);
    }
  } finally {
    Deno.env.set("PATH", before!);
  }
});
