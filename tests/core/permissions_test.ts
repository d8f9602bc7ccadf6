import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  ALL_PERMISSIONS,
  excess,
  isFullTrust,
  NO_PERMISSIONS,
  parsePermissions,
  permissionFlags,
  permissionKey,
  type PermissionRequest,
  type PermissionSet,
  resolvePermissions,
} from "../../core/permissions.ts";

/** Resolves dots and the one link `/link` -> `/data`, without a disk. */
function canonicalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  if (parts[0] === "link") parts[0] = "data";
  return `/${parts.join("/")}`;
}

function resolve(request: PermissionRequest | undefined, parent: PermissionSet | null = null): PermissionSet {
  return resolvePermissions(request, { parent, canonicalPath });
}

/** For what the types forbid. */
function refused(request: unknown): string {
  return assertThrows(() => parsePermissions(request), TypeError).message;
}

// -- Shape --

Deno.test("parsePermissions() grants nothing when nothing is asked for", () => {
  for (const request of [undefined, "none", {}, { read: false, net: [], env: undefined }, Object.create(null)]) {
    assertEquals(parsePermissions(request), {});
  }
});

Deno.test("parsePermissions() names field, value and remedy when a grant has the wrong shape", () => {
  assertEquals(
    refused({ net: 5 }),
    'Cannot use the value as permissions.net as it must be true, false, "inherit" or an array of entries: ' +
      "current value is 5",
  );
  assertStringIncludes(refused({ net: ["a", 5] }), "permissions.net[1]");
  for (const grant of [null, "all", "none", 0, {}, new Set(["a"]), () => true, Symbol("s"), new URL("file:///a"), 1n]) {
    assertStringIncludes(refused({ read: grant }), "permissions.read");
  }
  for (const entry of [null, undefined, true, ["/a"], {}, ""]) {
    assertStringIncludes(refused({ read: [entry] }), "permissions.read[0]");
  }
  assertStringIncludes(refused({ read: new Array(1) }), "permissions.read[0]");
});

Deno.test("parsePermissions() refuses what is no plain object", () => {
  for (const request of [null, true, 0, "all", "inherits", [], new Map(), new (class {})(), () => {}]) {
    assertStringIncludes(refused(request), "Cannot use the value as permissions");
  }
});

Deno.test("parsePermissions() names the nearest kind when a key is unknown", () => {
  const hints = { nett: "net", reads: "read", Write: "write", enviro: "env", imports: "import", hrtime: "write" };
  for (const [key, kind] of Object.entries(hints)) {
    const message = refused({ [key]: true });
    assertStringIncludes(message, `did you mean "${kind}"?`);
    assertStringIncludes(message, `"${key}"`);
  }
  refused({ [Symbol("read")]: true });
  refused({ ["x".repeat(1e6)]: true });
  refused(Object.defineProperty({}, "nett", { value: true, enumerable: false }));
  refused(JSON.parse('{"__proto__": {"read": true}}'));
});

Deno.test("parsePermissions() takes its own result, unchanged and made of strings only", () => {
  const parsed = parsePermissions({
    read: [new URL("file:///a%20b"), "/c", "/c"],
    net: ["EXAMPLE.com."],
    env: "inherit",
  });
  assertEquals(parsed, { read: ["/a b", "/c"], net: ["example.com"], env: "inherit" });
  assertEquals(parsePermissions(structuredClone(parsed)), parsed);
});

// -- Paths --

Deno.test("resolvePermissions() takes absolute paths and file: URLs, and resolves links and dots", () => {
  const set = resolve({ read: ["/b/../c", "file:///d%20e", new URL("file:///f"), "/link/x"], ffi: ["/l/"] });
  assertEquals(set.read, ["/c", "/d e", "/data/x", "/f"]);
  assertEquals(set.ffi, ["/l"]);
});

Deno.test("resolvePermissions() removes paths that another covers, by whole segments", () => {
  assertEquals(resolve({ read: ["/data/x/y", "/data", "/database", "/data", "/link"] }).read, ["/data", "/database"]);
  assertEquals(resolve({ write: ["/a", "/", "/b/c"] }).write, ["/"]);
});

Deno.test("parsePermissions() hints at a file: URL when a path is relative", () => {
  for (const path of ["data", "./data", "../x", "~", "file:data", "file:./data", "C:\\x"]) {
    assertStringIncludes(refused({ write: [path] }), 'new URL("./data", import.meta.url)');
  }
  assertStringIncludes(refused({ run: ["./tool"] }), 'new URL("./data", import.meta.url)');
});

Deno.test("parsePermissions() refuses paths that would name something else on the command line", () => {
  const paths = [
    "/a\0",
    "/a\ud800",
    "file:///a%00",
    "file:///%ff",
    "file://host/a",
    "file:///a?b",
    "file:///a#b",
    "file:/",
  ];
  for (const path of paths.slice(0, -1)) refused({ read: [path] });
  assertEquals(resolve({ read: paths.slice(-1) }).read, ["/"]);
  refused({ read: [new URL("https://example.com/a")] });
  refused({ env: [new URL("file:///a")] });
  assertThrows(() => resolvePermissions({ read: ["/a"] }, { parent: null, canonicalPath: () => "/b\0" }), TypeError);
  assertThrows(() => resolvePermissions({ read: ["/a"] }, { parent: null, canonicalPath: () => "b" }), TypeError);
});

// -- Net and import --

Deno.test("resolvePermissions() writes hosts as the URL parser does", () => {
  const forms = {
    "Example.COM": "example.com",
    "example.com.": "example.com",
    "example.com:443": "example.com:443",
    "example.com:80": "example.com:80",
    "münchen.de": "xn--mnchen-3ya.de",
    "0x7f.1": "127.0.0.1",
    "2130706433:80": "127.0.0.1:80",
    "127.0.0.1.": "127.0.0.1",
    "１２７.0.0.1": "127.0.0.1",
    "[0:0::1]": "[::1]",
    "[2001:DB8::0]:8080": "[2001:db8::]:8080",
    "[::127.0.0.1]": "[::7f00:1]",
    "a_b.example": "a_b.example",
    "localhost:65535": "localhost:65535",
  };
  for (const [given, canonical] of Object.entries(forms)) {
    assertEquals(resolve({ net: [given], import: [given] }), resolve({ net: [canonical], import: [canonical] }));
    assertEquals(resolve({ net: [given] }).net, [canonical]);
  }
  assertEquals(resolve({ net: ["unix:/link/../s", "unix:/link/s"] }).net, ["unix:/data/s", "unix:/s"]);
});

Deno.test("parsePermissions() refuses hosts with a scheme, path, wildcard, credentials, spaces or a comma", () => {
  const reasons: Record<string, string[]> = {
    "without a scheme": ["https://example.com", "http://a:80", "HTTP://a"],
    "without a path": ["example.com/", "a/b", "a?b", "a#b", "a\\b", "10.0.0.0/8"],
    "wildcards": ["*", "*.example.com", "a:*"],
    "without credentials": ["user@example.com", "user:pass@example.com"],
    "no spaces, commas or escapes": ["a b", " a", "a\n", "a,b", "ex%61mple.com", "a\tb"],
    "valid host name or address": [
      "",
      ".",
      "a..b",
      "a.com..",
      "＊.example.com",
      "a，b",
      "256.1.1.1",
      "!a",
      "[]",
      "[::g]",
      "[::1%25eth0]",
    ],
    "from 1 to 65535": ["a:", "a:0", "a:65536", "a:080", "a:+1", "a:1e3", "a:0x50", "a:８０", "a:b", "a:-1"],
    "stands in brackets": ["::1", "::1:80", "[::1", "[::1]80", "a:1:2", "vsock:1:80"],
    "not take this for a host": ["vsock:80", "VSOCK:80"],
  };
  for (const [reason, entries] of Object.entries(reasons)) {
    for (const entry of entries) {
      if (entry !== "" && !entry.includes("%25")) assertStringIncludes(refused({ net: [entry] }), reason);
      refused({ net: [entry] });
      refused({ import: [entry] });
    }
  }
  for (const entry of ["unix:", "unix:80", "unix:s", "unix:/a,b", "unix:/a\0"]) refused({ net: [entry] });
  for (const entry of ["unix:/a", "unix:80"]) refused({ import: [entry] });
  const toComma = { parent: null, canonicalPath: () => "/a,b" };
  assertThrows(() => resolvePermissions({ net: ["unix:/s"] }, toComma), TypeError, "comma");
});

// -- Names --

Deno.test("parsePermissions() takes exact names only for env, sys and run", () => {
  for (const name of ["*", "A*", "A=B", "A,B", "A\0", ""]) refused({ env: [name] });
  for (const name of ["inspector", "ca", "umask", "Hostname", "hostname,uid"]) {
    assertStringIncludes(refused({ sys: [name] }), "osRelease");
  }
  for (const name of ["a,b", "", "a\0", "bin/tool"]) refused({ run: [name] });
  const set = resolve({
    env: ["b", "a", "A", "b"],
    sys: ["username", "userInfo", "uid"],
    run: ["ls", "/link/ls", "/link"],
  });
  assertEquals(set.env, ["A", "a", "b"]);
  assertEquals(set.sys, ["uid", "userInfo"]);
  // The folder is resolved, the name stays: a program may do something else by each of its names.
  assertEquals(set.run, ["/data/ls", "/link", "ls"]);
});

// -- Sets --

Deno.test("resolvePermissions() gives the parent's when asked to inherit", () => {
  const parent = resolve({ read: ["/a"], net: true });
  assertEquals(resolve("inherit", parent), parent);
  assertEquals(
    resolve({ read: "inherit", env: "inherit", write: ["/a"] }, parent),
    resolve({ read: ["/a"], write: ["/a"] }),
  );
  assertEquals(resolve(undefined, parent), NO_PERMISSIONS);
  for (const request of ["inherit", { net: "inherit" }] as const) {
    assertThrows(() => resolve(request), TypeError, "only subtasks can inherit");
  }
});

Deno.test("resolvePermissions() makes frozen sets of all eight kinds that no later change reaches", () => {
  const read = ["/a"];
  const set = resolve({ read });
  read.push("/");
  assertEquals(set.read, ["/a"]);
  assertEquals(Object.keys(set), ["read", "write", "net", "env", "sys", "run", "ffi", "import"]);
  for (const part of [set, set.read, set.net, NO_PERMISSIONS, NO_PERMISSIONS.read, ALL_PERMISSIONS]) {
    assert(Object.isFrozen(part));
  }
});

Deno.test("excess() names each permission beyond the ceiling", () => {
  const ceiling = resolve({ read: ["/data"], net: ["example.com", "api.test:443", "unix:/s"], env: ["HOME"] });
  const asked = {
    read: ["/data/x", "/database", "/"],
    net: ["example.com:8080", "sub.example.com", "api.test", "api.test:80", "unix:/s/t", "unix:/s:80", "unix:/s"],
    env: ["home", "HOME"],
    run: true,
    import: ["example.com"],
  } as const;
  assertEquals(excess(resolve(asked), ceiling), [
    "read /",
    "net api.test",
    "net sub.example.com",
    "net unix:/s/t",
    "net unix:/s:80",
    "env home",
    "run (any)",
    "import example.com",
  ]);
  assertEquals(excess(resolve({ read: ["/data/x"], net: ["example.com:1", "api.test:443"] }), ceiling), []);
  assertEquals(excess(resolve({ read: true }), resolve({ read: ["/"] })), ["read (any)"]);
  assertEquals(excess(resolve({ run: ["/bin/ls"] }), resolve({ run: ["/bin"] })), ["run /bin/ls"]);
});

Deno.test("permissionKey() is the same for the same permissions only", () => {
  const key = permissionKey(resolve({ read: ["/b", "/a"], net: ["A.com"] }));
  assertEquals(permissionKey(resolve({ net: ["a.com.", "a.com:1"], read: ["/a", "/b", "/a/c"], env: [] })), key);
  const others: PermissionRequest[] = [
    { write: ["/a", "/b"], net: ["a.com"] },
    { read: ["/a/b"], net: ["a.com"] },
    {},
  ];
  for (const other of others) assert(permissionKey(resolve(other)) !== key);
});

Deno.test("permissionFlags() writes one flag per kind", () => {
  assertEquals(permissionFlags(NO_PERMISSIONS), ["--deny-import"]);
  assertEquals(permissionFlags(resolve({ read: ["/b", "/a"], net: ["[::1]:80", "x.com"], import: ["y.com"] })), [
    "--allow-read=/a,/b",
    "--allow-net=[::1]:80,x.com",
    "--allow-import=y.com",
  ]);
  assertEquals(
    permissionFlags(ALL_PERMISSIONS),
    ["read", "write", "net", "env", "sys", "run", "ffi", "import"].map((kind) => `--allow-${kind}`),
  );
});

Deno.test("isFullTrust() is true when programs or native code may run", () => {
  for (const request of [{ run: ["ls"] }, { ffi: ["/l.so"] }, { run: true }]) assert(isFullTrust(resolve(request)));
  assert(isFullTrust(ALL_PERMISSIONS));
  for (const request of [{}, { read: true, write: true, net: true, run: [], ffi: false }]) {
    assert(!isFullTrust(resolve(request)));
  }
});

// -- Against Deno --

/** What Deno answers for each probe under these flags, or null when it does not start. */
async function ask(flags: string[], probes: readonly Deno.PermissionDescriptor[]): Promise<boolean[] | null> {
  const script =
    "console.log(JSON.stringify(JSON.parse(Deno.args[0]).map((p) => Deno.permissions.querySync(p).state)))";
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--cached-only",
      "--no-config",
      "--no-lock",
      ...flags,
      dataUrl(script),
      JSON.stringify(probes),
    ],
    env: { NO_COLOR: "1" },
    stderr: "null",
  }).output();
  if (!output.success) return null;
  return JSON.parse(new TextDecoder().decode(output.stdout)).map((state: string) => state === "granted");
}

function dataUrl(script: string): string {
  return `data:application/javascript,${encodeURIComponent(script)}`;
}

const PROBES = {
  "read": { name: "read" },
  "read /data": { name: "read", path: "/data" },
  "read /data/x/y": { name: "read", path: "/data/x/y" },
  "read /database": { name: "read", path: "/database" },
  "read /": { name: "read", path: "/" },
  "write": { name: "write" },
  "write /data/x": { name: "write", path: "/data/x" },
  "write /etc": { name: "write", path: "/etc" },
  "net": { name: "net" },
  "net example.com": { name: "net", host: "example.com" },
  "net example.com:443": { name: "net", host: "example.com:443" },
  "net sub.example.com": { name: "net", host: "sub.example.com" },
  "net 127.0.0.1:80": { name: "net", host: "127.0.0.1:80" },
  "net [::1]:80": { name: "net", host: "[::1]:80" },
  "net unix:/s": { name: "net", host: "unix:/s" },
  "net unix:/s/t": { name: "net", host: "unix:/s/t" },
  "env": { name: "env" },
  "env HOME": { name: "env", variable: "HOME" },
  "env home": { name: "env", variable: "home" },
  "env HOMES": { name: "env", variable: "HOMES" },
  "sys": { name: "sys" },
  "sys hostname": { name: "sys", kind: "hostname" },
  "sys username": { name: "sys", kind: "username" as "uid" },
  "run": { name: "run" },
  "run ls": { name: "run", command: "ls" },
  "run cat": { name: "run", command: "cat" },
  "ffi": { name: "ffi" },
  "ffi /lib/x.so": { name: "ffi", path: "/lib/x.so" },
  "ffi /library": { name: "ffi", path: "/library" },
  "import": { name: "import" },
  "import jsr.io:443": { name: "import", host: "jsr.io:443" },
  "import deno.land:443": { name: "import", host: "deno.land:443" },
  "import example.com:443": { name: "import", host: "example.com:443" },
} as const satisfies Record<string, Deno.PermissionDescriptor>;

type Probe = keyof typeof PROBES;

const EVERY_PROBE = Object.keys(PROBES) as Probe[];

const EXPECTED: [PermissionRequest, readonly Probe[]][] = [
  [{}, []],
  [
    { read: true, write: true, net: true, env: true, sys: true, run: true, ffi: true, import: true },
    EVERY_PROBE,
  ],
  [{ read: ["/data"], write: ["/data/x"] }, ["read /data", "read /data/x/y", "write /data/x"]],
  [{ read: ["/", "/data"], env: ["HOME"] }, ["read /data", "read /data/x/y", "read /database", "read /", "env HOME"]],
  [{ net: ["Example.COM.", "0x7f.1", "unix:/s"] }, [
    "net example.com",
    "net example.com:443",
    "net 127.0.0.1:80",
    "net unix:/s",
  ]],
  [{ net: ["example.com:443", "[0::1]"], sys: ["username"] }, ["net example.com:443", "net [::1]:80", "sys username"]],
  [{ import: ["example.com"], sys: ["hostname"], env: ["home"] }, [
    "import example.com:443",
    "sys hostname",
    "env home",
  ]],
  [{ run: ["ls"], ffi: ["/lib"], import: ["jsr.io:443"] }, ["run ls", "ffi /lib/x.so", "import jsr.io:443"]],
  [{ sys: true, net: ["sub.example.com"], write: true }, [
    "write",
    "write /data/x",
    "write /etc",
    "sys",
    "sys hostname",
    "sys username",
    "net sub.example.com",
  ]],
];

Deno.test("Permissions: Deno grants what the flags of a set say, and nothing else", async () => {
  for (const [request, granted] of EXPECTED) {
    const flags = permissionFlags(resolve(request));
    const answers = await ask(flags, Object.values(PROBES));
    assert(answers !== null, `Deno does not start with ${flags.join(" ")}`);
    assertEquals(EVERY_PROBE.filter((_, at) => answers[at]), EVERY_PROBE.filter((probe) => granted.includes(probe)));
  }
});

Deno.test("Permissions: Deno takes every name of sys that is accepted", async () => {
  const names = /one of (.*): current/.exec(refused({ sys: ["nope"] }))![1].split(", ");
  const probes = names.map((kind) => ({ name: "sys", kind } as Deno.SysPermissionDescriptor));
  assertEquals(await ask(permissionFlags(resolve({ sys: names })), probes), names.map(() => true));
});

Deno.test("parsePermissions() refuses a comma in a path: Deno's flags know no way to write one", () => {
  for (const kind of ["read", "write", "ffi", "run"]) {
    assertStringIncludes(refused({ [kind]: ["/a,/etc"] }), `permissions.${kind}[0]`);
    assertStringIncludes(refused({ [kind]: ["file:///a%2C/etc"] }), "comma");
  }
});
