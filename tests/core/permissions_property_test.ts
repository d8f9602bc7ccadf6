import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { PERMISSION_KINDS } from "../../core/permission_entry.ts";
import {
  ALL_PERMISSIONS,
  excess,
  NO_PERMISSIONS,
  parsePermissions,
  permissionFlags,
  permissionKey,
  type PermissionRequest,
  type Permissions,
  type PermissionSet,
  resolvePermissions,
} from "../../core/permissions.ts";

const RUNS = { numRuns: 1000 };

// -- The oracle: what a set grants, worked out the naive way, without the code under test --

type Probe = { kind: keyof PermissionSet; entry: string };

function grants(set: PermissionSet, { kind, entry }: Probe): boolean {
  const grant = set[kind];
  if (grant === true) return true;
  return grant.some((allowed) => {
    if (kind === "read" || kind === "write" || kind === "ffi") return holdsPath(allowed, entry);
    if (kind === "net" || kind === "import") return holdsHost(allowed, entry);
    return allowed === entry;
  });
}

function holdsPath(folder: string, path: string): boolean {
  const outer = folder.split("/").filter((part) => part !== "");
  const inner = path.split("/").filter((part) => part !== "");
  return outer.every((part, at) => inner[at] === part);
}

function holdsHost(allowed: string, wanted: string): boolean {
  if (allowed.startsWith("unix:") || wanted.startsWith("unix:")) return allowed === wanted;
  const [host, port] = hostAndPort(allowed);
  const [wantedHost, wantedPort] = hostAndPort(wanted);
  return host === wantedHost && (port === "any" || port === wantedPort);
}

function hostAndPort(text: string): [string, string] {
  const colon = text.indexOf(":", text.startsWith("[") ? text.indexOf("]") : 0);
  return colon === -1 ? [text, "any"] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Links of the imagined disk: `/b/a` leads to `/ab`, and `/ab/b` to `/a`. */
function canonicalPath(path: string): string {
  const dotless: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") dotless.pop();
    else if (part !== "" && part !== ".") dotless.push(part);
    const at = dotless.join("/");
    if (at === "b/a") dotless.splice(0, 2, "ab");
    if (at === "ab/b") dotless.splice(0, 2, "a");
  }
  return `/${dotless.join("/")}`;
}

// -- Arbitraries: small alphabets, so that entries meet --

const path = fc.array(fc.constantFrom("a", "b", "ab", "a b", "..", ".", ""), { maxLength: 4 })
  .map((parts) => `/${parts.join("/")}`);
const place = fc.oneof(path, path.map((it) => new URL(`file://${it}`)));
const host = fc.constantFrom(
  "a.test",
  "A.test.",
  "b.a.test",
  "ba.test",
  "127.0.0.1",
  "0x7f.1",
  "[::1]",
  "[0::1]",
  "bücher.de",
);
const address = fc.tuple(host, fc.constantFrom("", ":1", ":80", ":8080")).map((it) => it.join(""));
const name = fc.constantFrom("A", "a", "AB", "B", "é");
const program = fc.oneof(fc.constantFrom("ls", "cat"), path);
const entries = {
  read: place,
  write: place,
  net: fc.oneof(address, path.map((it) => `unix:${it}`)),
  env: name,
  sys: fc.constantFrom("uid", "gid", "username", "userInfo"),
  run: program,
  ffi: place,
  import: address,
};

function requests(inherits: boolean): fc.Arbitrary<PermissionRequest> {
  const whole = inherits ? ["inherit" as const] : [];
  const grant = (entry: fc.Arbitrary<string | URL>) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.array(entry, { maxLength: 4 }) },
      { weight: 1, arbitrary: fc.constantFrom<boolean | "inherit">(true, false, ...whole) },
      { weight: inherits ? 3 : 0, arbitrary: fc.constantFrom<boolean | "inherit">(...whole, false) },
    );
  const object = fc.record(
    Object.fromEntries(PERMISSION_KINDS.map((kind) => [kind, grant(entries[kind])])),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Permissions>;
  return fc.oneof({ weight: 8, arbitrary: object }, {
    weight: 1,
    arbitrary: fc.constantFrom("none" as const, ...whole),
  });
}

function resolve(request: PermissionRequest, parent: PermissionSet | null = null): PermissionSet {
  return resolvePermissions(request, { parent, canonicalPath });
}

const sets = requests(false).map((request) => resolve(request));

/** Things a task might try: canonical by themselves, as Deno sees them after the links are resolved. */
const probes: fc.Arbitrary<Probe> = fc.constantFrom(...PERMISSION_KINDS).chain((kind) =>
  entries[kind].map((entry: string | URL) => {
    const [granted] = resolve({ [kind]: [entry] })[kind] as readonly string[];
    return { kind, entry: granted };
  })
);

/** How a subtask asks: for a part of what its parent has, so that chains get somewhere, or for anything at all. */
const wishes = fc.oneof(
  { weight: 2, arbitrary: fc.array(fc.nat(4), { minLength: 16, maxLength: 16 }) },
  { weight: 1, arbitrary: requests(true) },
);

function ask(wish: number[] | PermissionRequest, parent: PermissionSet): PermissionSet {
  return resolve(Array.isArray(wish) ? partOf(parent, wish) : wish, parent);
}

/** Each kind whole, or some of its entries, some of them narrowed, as the choices say. */
function partOf(set: PermissionSet, choices: number[]): PermissionRequest {
  let at = 0;
  const choose = () => choices[at++ % choices.length];
  return Object.fromEntries(PERMISSION_KINDS.map((kind) => {
    const grant = set[kind];
    if (choose() === 0) return [kind, "inherit"];
    if (grant === true) return [kind, choose() > 2];
    const kept = grant.filter(() => choose() > 0);
    return [kind, kept.map((entry) => choose() > 2 ? narrow(kind, entry) : entry)];
  }));
}

function narrow(kind: keyof PermissionSet, entry: string): string {
  if (kind === "read" || kind === "write" || kind === "ffi") return `${entry}/x`;
  const hasPort = /:\d+$/.test(entry) || entry.startsWith("unix:");
  return (kind === "net" || kind === "import") && !hasPort ? `${entry}:443` : entry;
}

// -- Order --

Deno.test("excess() is reflexive", () => {
  fc.assert(fc.property(sets, (set) => assertEquals(excess(set, set), [])), RUNS);
});

Deno.test("excess() is transitive", () => {
  let held = 0;
  fc.assert(
    fc.property(sets, wishes, wishes, (a, wishOfB, wishOfC) => {
      const b = ask(wishOfB, a);
      const c = ask(wishOfC, b);
      if (excess(c, b).length > 0 || excess(b, a).length > 0) return;
      held++;
      assertEquals(excess(c, a), []);
    }),
    RUNS,
  );
  assert(held > 300, `only ${held} chains told anything`);
});

Deno.test("excess() is antisymmetric up to the key", () => {
  fc.assert(
    fc.property(sets, wishes, (a, wish) => {
      const b = ask(wish, a);
      const same = excess(a, b).length === 0 && excess(b, a).length === 0;
      assertEquals(permissionKey(a) === permissionKey(b), same);
    }),
    RUNS,
  );
});

Deno.test("excess() finds everything within ALL_PERMISSIONS and nothing below NO_PERMISSIONS", () => {
  fc.assert(
    fc.property(sets, (set) => {
      assertEquals(excess(set, ALL_PERMISSIONS), []);
      assertEquals(excess(NO_PERMISSIONS, set), []);
      assertEquals(excess(set, NO_PERMISSIONS).length === 0, permissionKey(set) === permissionKey(NO_PERMISSIONS));
    }),
    RUNS,
  );
});

Deno.test("excess() agrees with what each set grants", () => {
  fc.assert(
    fc.property(sets, sets, fc.array(probes, { minLength: 20, maxLength: 20 }), (asked, ceiling, tried) => {
      const beyond = excess(asked, ceiling);
      for (const line of beyond) {
        const [kind, entry] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
        if (entry === "(any)") continue;
        const probe = { kind: kind as keyof PermissionSet, entry };
        assert(grants(asked, probe) && !grants(ceiling, probe));
      }
      if (beyond.length > 0) return;
      for (const probe of tried) assert(!grants(asked, probe) || grants(ceiling, probe));
    }),
    RUNS,
  );
});

// -- Attenuation --

Deno.test("Permissions: no chain of subtasks gains what an ancestor has not", () => {
  let steps = 0;
  const tries = fc.array(probes, { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(sets, fc.array(wishes, { maxLength: 6 }), tries, (client, subtasks, tried) => {
      const line = [client];
      for (const wish of subtasks) {
        const parent = line[line.length - 1];
        const child = ask(wish, parent);
        if (excess(child, parent).length > 0) continue;
        steps++;
        line.push(child);
        for (const probe of tried) {
          if (grants(child, probe)) assert(line.every((ancestor) => grants(ancestor, probe)));
        }
      }
    }),
    RUNS,
  );
  assert(steps > 1000, `only ${steps} subtasks passed`);
});

// -- Canonical form --

Deno.test("Permissions: what was resolved once resolves to itself", () => {
  fc.assert(
    fc.property(sets, (set) => {
      const again = resolve(set);
      assertEquals(again, set);
      assertEquals(permissionKey(again), permissionKey(set));
    }),
    RUNS,
  );
});

Deno.test("Permissions: what was parsed once parses to itself and resolves to the same", () => {
  fc.assert(
    fc.property(requests(true), sets, (request, parent) => {
      const parsed = parsePermissions(request);
      assertEquals(parsePermissions(parsed), parsed);
      assertEquals(resolvePermissions(parsed, { parent, canonicalPath }), resolve(request, parent));
    }),
    RUNS,
  );
});

Deno.test("Permissions: order and repetition of entries make no difference", () => {
  const objects = requests(false).filter((it): it is Permissions => typeof it === "object");
  fc.assert(
    fc.property(objects, (request) => {
      const shuffled = Object.entries(request).reverse()
        .map(([kind, grant]) => [kind, Array.isArray(grant) ? [...grant.toReversed(), ...grant] : grant]);
      assertEquals(permissionKey(resolve(Object.fromEntries(shuffled))), permissionKey(resolve(request)));
    }),
    RUNS,
  );
});

Deno.test("Permissions: a set keeps all that was asked for", () => {
  fc.assert(
    fc.property(probes, sets, ({ kind, entry }, set) => {
      const asked = set[kind] === true ? true : [...set[kind], entry];
      assert(grants(resolve({ ...set, [kind]: asked } as Permissions), { kind, entry }));
    }),
    RUNS,
  );
});

Deno.test("Permissions: any text is either refused by name or safe in a flag", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({
      unit: fc.constantFrom("a", ".", ":", "1", "*", "＊", "，", ",", "/", "[", "]", "\0", " ", "ß", "\ud800", "="),
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...PERMISSION_KINDS), text, (kind, entry) => {
      let set: PermissionSet;
      try {
        set = resolve({ [kind]: [entry] });
      } catch (error) {
        assert(error instanceof TypeError && error.message.includes(`permissions.${kind}[0]`), String(error));
        return;
      }
      const [granted] = set[kind] as readonly string[];
      assert(granted.isWellFormed() && !granted.includes("\0") && granted !== "");
      assert(!granted.includes(","));
      if ((kind === "net" && !granted.startsWith("unix:/")) || kind === "import" || kind === "env") {
        assert(!granted.includes("*"));
      }
      assertEquals(resolve({ [kind]: [granted] }), set);
    }),
    { numRuns: 20_000 },
  );
});

// -- Flags --

/** Reads flags the way Deno does: comma-separated. */
function readFlags(flags: string[]): Permissions {
  const request: Record<string, true | string[]> = {};
  for (const flag of flags) {
    if (flag === "--deny-import") continue;
    const [, kind, list] = /^--allow-([a-z]+)(?:=(.*))?$/s.exec(flag)!;
    request[kind] = list === undefined ? true : list.split(",");
  }
  return request;
}

Deno.test("Permissions: flags read back to the same set", () => {
  fc.assert(
    fc.property(sets, (set) => {
      const flags = permissionFlags(set);
      assertEquals(resolve(readFlags(flags)), set);
      assertEquals(flags.includes("--deny-import"), set.import !== true && set.import.length === 0);
    }),
    RUNS,
  );
});

Deno.test("Permissions: different sets have different flags", () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      if (permissionKey(a) !== permissionKey(b)) assertNotEquals(permissionFlags(a), permissionFlags(b));
    }),
    RUNS,
  );
});
