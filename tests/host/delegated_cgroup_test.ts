import { assertEquals, assertMatch } from "@std/assert";
import { delegatedCgroup } from "../../host/delegated_cgroup.ts";
import { TempTree } from "../helpers/temp_tree.ts";

/** Files of a cgroup, as far as they matter here. */
function cgroup(folder: string, { offers = "", handsOn = "", isTop = false } = {}): Record<string, string> {
  return {
    [`${folder}/cgroup.controllers`]: `${offers}\n`,
    [`${folder}/cgroup.subtree_control`]: `${handsOn}\n`,
    ...(isTop ? {} : { [`${folder}/cgroup.type`]: "domain\n" }),
  };
}

const ALL = "cpuset cpu io memory pids";

/** What is found by a program in `top/${own}`, with the folder as it is named within `top`. */
function findIn(tree: TempTree, own: string) {
  const top = tree.path("top");
  const { folder, controllers, why } = delegatedCgroup({ folder: `${top}${own}`, top });
  return { folder: folder?.slice(top.length) ?? null, controllers, why };
}

Deno.test("delegatedCgroup() is the program's own where that hands controllers on, and writes nothing there", async () => {
  await using tree = new TempTree(cgroup("top", { offers: ALL, handsOn: "memory pids", isTop: true }));
  const { folder, controllers, why } = findIn(tree, "");
  assertEquals([folder, controllers], ["", ["memory", "pids"]]);
  assertMatch(why!, /\/top does not hand on cpu; systemd .*Delegate=yes/);
  assertEquals(Deno.readTextFileSync(tree.path("top/cgroup.subtree_control")), "memory pids\n");
});

Deno.test("delegatedCgroup() is the one above a leaf, which hands on what it is offered", async () => {
  const unit = "top/system.slice/palpable.service";
  await using tree = new TempTree({
    ...cgroup(unit, { offers: "cpu memory", handsOn: "cpu" }),
    ...cgroup(`${unit}/server`, { offers: "memory" }),
  });
  const { folder, controllers, why } = findIn(tree, "/system.slice/palpable.service/server");
  assertEquals([folder, controllers], ["/system.slice/palpable.service", ["memory", "cpu"]]);
  assertMatch(why!, /palpable\.service does not hand on pids;/);
  // What it hands on already is not asked for again.
  assertEquals(Deno.readTextFileSync(tree.path(`${unit}/cgroup.subtree_control`)), "+memory");
});

Deno.test("delegatedCgroup() has nothing to say where all is handed on", async () => {
  await using tree = new TempTree({ ...cgroup("top", { offers: ALL, handsOn: ALL }), ...cgroup("top/init") });
  assertEquals(findIn(tree, "/init"), { folder: "", controllers: ["memory", "pids", "cpu"], why: null });
});

Deno.test("delegatedCgroup() leaves alone what is not this program's, and says what to do", async () => {
  const offering = { offers: ALL, handsOn: ALL };
  await using tree = new TempTree({
    ...cgroup("top", { ...offering, isTop: true }),
    ...cgroup("top/openrc.sshd"),
    ...cgroup("top/user.slice", offering),
    ...cgroup("top/user.slice/session-1.scope"),
    ...cgroup("outside", offering),
  });
  const says = /hands on no controller, and the one above it is not the server's; systemd .*DelegateSubgroup=/;
  for (const own of ["/openrc.sshd", "/user.slice/session-1.scope"]) {
    const { folder, controllers, why } = findIn(tree, own);
    assertEquals([folder, controllers], [null, []], own);
    assertMatch(why!, says);
  }
  // Above the mount is no cgroup that is seen, whatever lies there.
  await using seen = new TempTree({ ...cgroup(".", offering), ...cgroup("top") });
  assertEquals(findIn(seen, "").folder, null);
  assertEquals(delegatedCgroup(null), {
    folder: null,
    top: null,
    controllers: [],
    why: "there is no cgroup of version 2 here",
  });
});

Deno.test("delegatedCgroup() takes no for an answer", { ignore: Deno.build.os === "windows" }, async () => {
  await using tree = new TempTree({ ...cgroup("top", { offers: ALL }), ...cgroup("top/init") });
  // Where a folder is nobody can write a file, root included.
  Deno.removeSync(tree.path("top/cgroup.subtree_control"));
  Deno.mkdirSync(tree.path("top/cgroup.subtree_control"));
  const { folder, controllers, why } = findIn(tree, "/init");
  assertEquals([folder, controllers], [null, []]);
  assertMatch(why!, /\/top does not hand on memory, pids, cpu;/);
});
