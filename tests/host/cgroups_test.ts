import { assertEquals, assertThrows } from "@std/assert";
import { isLeftBehind, newCgroupName, ownCgroup } from "../../host/cgroup_place.ts";
import { Cgroups } from "../../host/cgroups.ts";
import { readProcess } from "../../host/process_table.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { IS_POSSIBLE } from "../helpers/starting_process.ts";

const IS_LINUX = Deno.build.os === "linux";

/** Reads of the two files of the system. */
const system = (cgroup: string, mountinfo: string) => (path: string) =>
  path === "/proc/self/cgroup" ? cgroup : path === "/proc/self/mountinfo" ? mountinfo : null;

const mount = (root: string, place: string, kind = "cgroup2") =>
  `41 31 0:38 ${root} ${place} rw,relatime shared:4 - ${kind} ${kind} rw\n`;

Deno.test("ownCgroup() finds the folder by what is mounted where, and how much of it", () => {
  const find = (cgroup: string, mountinfo: string) => ownCgroup(system(cgroup, mountinfo));
  const unified = mount("/", "/sys/fs/cgroup");
  assertEquals(find("0::/a/b.scope\n", unified), "/sys/fs/cgroup/a/b.scope");
  assertEquals(find("0::/\n", unified), "/sys/fs/cgroup");
  const hybrid = mount("/", "/sys/fs/cgroup/cpu", "cgroup") + mount("/", "/sys/fs/cgroup/unified");
  assertEquals(find("4:memory:/x\n0::/\n", hybrid), "/sys/fs/cgroup/unified");
  // A container without a namespace for them sees its own part of the whole.
  const part = mount("/docker/12", "/sys/fs/cgroup");
  assertEquals(find("0::/docker/12\n", part), "/sys/fs/cgroup");
  assertEquals(find("0::/docker/12/in\n", part), "/sys/fs/cgroup/in");
  assertEquals(find("0::/docker/123\n", part), null);
  assertEquals(find("0::/a\n", mount("/", "/my\\040groups")), "/my groups/a");
  for (const [cgroup, mountinfo] of [["", ""], ["0::/\n", ""], ["4:memory:/\n", unified], ["0::/../x\n", unified]]) {
    assertEquals(find(cgroup, mountinfo), null);
  }
});

Deno.test("isLeftBehind() is for names of programs of this machine that are gone", { ignore: !IS_LINUX }, () => {
  const name = newCgroupName();
  const [, namespace, pid, startedAt] = name.split("-");
  assertEquals([Number(pid), Number(startedAt)], [Deno.pid, readProcess(Deno.pid)!.startedAt]);
  const cases = {
    [name]: false,
    [newCgroupName()]: false,
    // Its number was given out again.
    [`palpable-${namespace}-${pid}-${Number(startedAt) - 1}-1`]: true,
    [`palpable-${namespace}-${2 ** 30}-7-1`]: true,
    // Numbers of another container say nothing here.
    [`palpable-${Number(namespace) + 1}-${2 ** 30}-7-1`]: false,
    "palpable-": false,
    "palpable.slice": false,
    "docker": false,
  };
  for (const [each, isLeft] of Object.entries(cases)) assertEquals(isLeftBehind(each), isLeft, each);
});

Deno.test("TaskCgroup.limit() writes what is handed on, and says what is missing", async () => {
  await using root = new TempTree({ "cgroup.subtree_control": "cpuset cpu memory\n" });
  const cgroups = Cgroups.find({ parent: root.root })!;
  assertEquals([cgroups.controllers, cgroups.isPossible], [[], true]);
  const cgroup = cgroups.make()!;
  assertEquals(cgroups.controllers, ["memory", "cpu"]);
  const written = (file: string) => Deno.readTextFileSync(`${cgroup.folder}/${file}`);
  assertEquals(cgroup.limit({ memoryMb: 64, pids: 10, cpuWeight: 50 }), ["pids"]);
  assertEquals(
    ["memory.max", "memory.swap.max", "memory.oom.group", "cpu.weight"].map(written),
    ["67108864", "0", "1", "50"],
  );
  assertThrows(() => written("pids.max"), Deno.errors.NotFound);
  const other = cgroups.make()!;
  assertEquals([other.limit({}), [...Deno.readDirSync(other.folder)]], [[], []]);
  assertEquals([other.limit({ cpuWeight: 1 }), other.folder === cgroup.folder], [[], false]);
});

Deno.test("Cgroups are made for the first task, none where none can be, and removed once they are empty", async () => {
  assertEquals(Cgroups.find({ parent: null }), null);
  const nowhere = Cgroups.find({ parent: "/nonexistent" })!;
  assertEquals([nowhere.isPossible, nowhere.make(), nowhere.isPossible], [true, null, false]);
  nowhere.close();
  await using root = new TempTree({ "cgroup.subtree_control": "\n" });
  const names = () => [...Deno.readDirSync(root.root)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  const unused = Cgroups.find({ parent: root.root })!;
  unused.close();
  assertEquals([unused.make(), names()], [null, []]);
  const cgroups = Cgroups.find({ parent: root.root })!;
  const [busy, empty] = [cgroups.make()!, cgroups.make()!];
  // What a task runs may make some in its own.
  Deno.mkdirSync(`${empty.folder}/made/deep`, { recursive: true });
  // Here a file in it is what a process in it is to the kernel.
  root.write(`${busy.folder.slice(root.root.length + 1)}/cgroup.procs`, "7");
  cgroups.ended(busy);
  cgroups.ended(empty);
  assertEquals([...Deno.readDirSync(cgroups.folder)].map(({ name }) => `${cgroups.folder}/${name}`), [busy.folder]);
  Deno.removeSync(`${busy.folder}/cgroup.procs`);
  const last = cgroups.make()!;
  assertEquals([...Deno.readDirSync(cgroups.folder)].map(({ name }) => `${cgroups.folder}/${name}`), [last.folder]);
  cgroups.ended(last);
  cgroups.giveUp();
  assertEquals([cgroups.make(), cgroups.isPossible], [null, false]);
  cgroups.close();
  cgroups.close();
  assertEquals(names(), []);
});

Deno.test("Cgroups that a killed program left behind are ended and removed with the next", {
  ignore: !IS_POSSIBLE.cgroup,
}, async () => {
  const [, namespace] = newCgroupName().split("-");
  const left = `${ownCgroup()}/palpable-${namespace}-${2 ** 30}-7-1`;
  Deno.mkdirSync(`${left}/1/made/deep`, { recursive: true });
  const orphan = new Deno.Command("sleep", { args: ["3600"] }).spawn();
  Deno.writeTextFileSync(`${left}/1/cgroup.procs`, String(orphan.pid));
  for (const _ of [1, 2]) {
    const next = Cgroups.find()!;
    next.ended(next.make()!);
    next.close();
    assertEquals((await orphan.status).signal, "SIGKILL");
  }
  assertThrows(() => Deno.statSync(left), Deno.errors.NotFound);
});
