import { assert, assertEquals } from "@std/assert";
import { bwrapArguments } from "../../../host/wall/bwrap_arguments.ts";
import { signalIn } from "../../../host/wall/enclosed.ts";
import { type Mount, mountsOf, type Wanted } from "../../../host/wall/mounts.ts";

const NOTHING: Wanted = {
  reads: [],
  writes: [],
  unwritable: [],
  links: new Map(),
  hidden: new Map(),
  needs: [],
  scratch: "/cache/gen",
  compiled: new Map(),
  way: null,
};

function shown(wanted: Partial<Wanted>): string[] {
  return mountsOf({ ...NOTHING, ...wanted }).map((mount: Mount) => {
    const { kind } = mount;
    return kind === "system" ? kind : kind === "link" ? `${mount.path} -> ${mount.target}` : `${kind} ${mount.path}`;
  });
}

const BEGIN = ["system", "temporary /tmp"];
const END = ["scratch /cache/gen", "sealed /proc", "sealed /dev", "sealed /"];

Deno.test("mountsOf() has nothing but what is wanted, in memory that nobody can write to", () => {
  assertEquals(shown({}), [...BEGIN, ...END]);
  assertEquals(shown({ reads: ["/b", "/a"], needs: ["/c"] }), [...BEGIN, "read /a", "read /b", "read /c", ...END]);
});

Deno.test("mountsOf() has each place once, folders before what is in them, and never takes away a right to write", () => {
  assertEquals(shown({ reads: ["/a", "/a/b", "/a", "/ab"] }), [...BEGIN, "read /a", "read /ab", ...END]);
  assertEquals(shown({ reads: ["/a"], writes: ["/a/b"] }), [...BEGIN, "read /a", "write /a/b", ...END]);
  assertEquals(shown({ reads: ["/a/b"], writes: ["/a"], needs: ["/a/c"] }), [...BEGIN, "write /a", ...END]);
});

Deno.test("mountsOf() lets nobody write to what is unwritable, whether it lies in what was granted or around it", () => {
  const unwritable = ["/sys/fs/cgroup"];
  assertEquals(shown({ reads: ["/a"], unwritable }), [...BEGIN, "read /a", ...END]);
  assertEquals(shown({ writes: ["/sys"], unwritable }), [...BEGIN, "write /sys", "read /sys/fs/cgroup", ...END]);
  assertEquals(shown({ writes: ["/sys/fs/cgroup/a"], unwritable }), [...BEGIN, "read /sys/fs/cgroup/a", ...END]);
  assertEquals(
    shown({ writes: ["/"], unwritable }).filter((mount) => mount.endsWith("cgroup") || mount.startsWith("write")),
    ["write /", "read /sys/fs/cgroup"],
  );
});

Deno.test("mountsOf() hides what is in a mounted place alone, and shows in it what the process needs", () => {
  const hidden = new Map([["/a/key", { isFolder: false }], ["/a/logs", { isFolder: true }], ["/b", {
    isFolder: true,
  }]]);
  assertEquals(shown({ reads: ["/a"], needs: ["/a/logs/module.ts"], hidden }), [
    ...BEGIN,
    ...["read /a", "hiddenFile /a/key", "hiddenFolder /a/logs", "read /a/logs/module.ts"],
    ...END,
  ]);
  assertEquals(shown({ reads: ["/c"], hidden }), [...BEGIN, "read /c", ...END]);
});

Deno.test("mountsOf() keeps what is hidden from being moved with the folders that it is in", () => {
  const hidden = new Map(
    ["/a/b/c/key", "/a/b/logs", "/a/b/logs/deep/x", "/d/key", "/dev/shm/e/key"].map((path) =>
      [path, { isFolder: false }] as const
    ),
  );
  const hides = ["hiddenFile /a/b/c/key", "hiddenFile /a/b/logs", "hiddenFile /a/b/logs/deep/x"];
  assertEquals(shown({ writes: ["/a"], hidden }), [
    ...BEGIN,
    "write /a",
    "write /a/b",
    "write /a/b/c",
    ...hides,
    ...END,
  ]);
  assertEquals(shown({ writes: ["/a/b/c"], reads: ["/d"], hidden }), [
    ...BEGIN,
    ...["write /a/b/c", "read /d", "hiddenFile /a/b/c/key", "hiddenFile /d/key"],
    ...END,
  ]);
  const ways = ["write /a", "write /a/b", "write /a/b/c", "write /d"];
  const others = ["hiddenFile /d/key", "hiddenFile /dev/shm/e/key"];
  assertEquals(shown({ writes: ["/"], hidden }), [
    "write /",
    "system",
    ...ways,
    ...hides,
    ...others,
    ...END.slice(0, -1),
  ]);
});

Deno.test("mountsOf() mounts the whole system first, and its own /proc, /dev and what is hidden over it", () => {
  const hidden = new Map([["/key", { isFolder: true }]]);
  const whole = ["hiddenFolder /key", "scratch /cache/gen", "sealed /proc", "sealed /dev"];
  assertEquals(shown({ reads: ["/", "/usr"], hidden }), ["read /", "system", ...whole]);
  assertEquals(shown({ reads: ["/usr"], writes: ["/"], hidden }), ["write /", "system", ...whole]);
});

Deno.test("mountsOf() leaves /tmp as it is where it was granted, and never mounts this machine's /proc and /dev", () => {
  assertEquals(shown({ writes: ["/tmp"] }), ["system", "write /tmp", ...END]);
  assertEquals(shown({ reads: ["/tmp/a"] }), [...BEGIN, "read /tmp/a", ...END]);
  assertEquals(shown({ reads: ["/proc", "/dev", "/proc/1", "/dev/sda"] }), [...BEGIN, ...END]);
  assertEquals(shown({ writes: ["/dev/shm/a"] }), [...BEGIN, "write /dev/shm/a", ...END]);
});

Deno.test("mountsOf() makes links where nothing is mounted that has them", () => {
  const links = new Map([["/lib", "usr/lib"], ["/lib/x", "/y"], ["/a/link", "/b"], ["/c", "/usr/lib"]]);
  assertEquals(shown({ reads: ["/a", "/usr/lib"], links }), [
    ...BEGIN,
    ...["/c -> /usr/lib", "/lib -> usr/lib", "read /a", "read /usr/lib"],
    ...END,
  ]);
});

Deno.test("bwrapArguments() has no network but where it is granted, and no way but the mounts", () => {
  const mounts: Mount[] = [
    { kind: "read", path: "/a" },
    { kind: "read", path: "/gen/a.js", from: "/cache/a.js" },
    { kind: "write", path: "/b" },
    { kind: "hiddenFile", path: "/a/key" },
    { kind: "link", path: "/lib", target: "usr/lib" },
  ];
  const alone = bwrapArguments(mounts, { net: false });
  const [all, enclosed] = [alone.join(" "), bwrapArguments([], { net: true })];
  for (const part of ["--ro-bind /a /a", "--ro-bind /cache/a.js /gen/a.js", "--bind /b /b"]) assert(all.includes(part));
  for (const part of ["--ro-bind /dev/null /a/key", "--symlink usr/lib /lib"]) assert(all.includes(part));
  assertEquals([alone.includes("--unshare-net"), enclosed.includes("--unshare-net")], [true, false]);
  for (const flag of ["--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]) {
    assert(enclosed.includes(flag), flag);
  }
  for (const flag of ["--die-with-parent", "--new-session", "--cap-drop"]) assert(enclosed.includes(flag), flag);
  assertEquals(alone.slice(-3), ["--chdir", "/", "--"]);
});

Deno.test("signalIn() knows signals by what bubblewrap makes of them, and no other codes", () => {
  assertEquals([137, 143, 134, 139].map(signalIn), ["SIGKILL", "SIGTERM", "SIGABRT", "SIGSEGV"]);
  assertEquals([0, 1, 3, 127, 128, 160, 200, 255].map(signalIn), Array(8).fill(null));
});
