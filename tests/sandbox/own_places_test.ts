/** What the server keeps for itself is denied to every task, whatever that was granted. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { PermissionCeilingExceeded, type Permissions, remote } from "../../mod.ts";
import { findDenoDir } from "../helpers/hands.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { Attempt, Probe } from "../fixtures/sandbox_probes.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const IS_UNIX = Deno.build.os !== "windows";
const DENO_DIR = await Deno.realPath(await findDenoDir());

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

/** A user's home, with a key and groups in it, in use by this process until it is disposed of. */
class OwnHome implements AsyncDisposable {
  readonly tree = new TempTree({
    "home/.config/other/file": "mine",
    "home/data/file": "data",
    "logs/x": "",
    "out": null,
  });
  #before = ["XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"].map((name) => [name, Deno.env.get(name)] as const);

  constructor() {
    Deno.env.set("XDG_CONFIG_HOME", this.tree.path("home/.config"));
    Deno.env.set("XDG_RUNTIME_DIR", this.tree.path("home/run"));
    Deno.mkdirSync(this.tree.path("home/run"), { mode: 0o700 });
    Deno.mkdirSync(this.tree.path("home/keys"), { mode: 0o700 });
    Deno.writeTextFileSync(this.tree.path("home/keys/key"), "the key of the tests\n", { mode: 0o600 });
    Deno.mkdirSync(this.tree.path("home/.config/palpable"), { mode: 0o700 });
    Deno.writeTextFileSync(this.tree.path("home/.config/palpable/authkey"), "another key\n", { mode: 0o600 });
  }

  /** Each by its path: the key in use, the default one, a group's entry, a log. */
  get secrets(): string[] {
    const names = ["home/keys/key", "home/.config/palpable/authkey", "home/run/palpable/groups/mine.json"];
    return [...names, "logs/Server.log"].map((name) => this.tree.path(name));
  }

  start(): Promise<Bystander> {
    return Bystander.start({
      authkey: undefined,
      authkeyFile: this.tree.path("home/keys/key"),
      group: "mine",
      logFolder: this.tree.path("logs"),
      logConsole: false,
      logLevel: "info",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, value] of this.#before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    await this.tree[Symbol.asyncDispose]();
  }
}

function assertRefused(attempt: Attempt, what: string): void {
  assert("refused" in attempt, `${what} was allowed: ${Deno.inspect(attempt)}`);
  assertMatch(`${attempt.refused}: ${attempt.message}`, /Requires \w+ access/, what);
}

async function attempts(bystander: Bystander, permissions: Permissions, cases: [Probe, string][]): Promise<Attempt[]> {
  const client = bystander.client.with({ permissions });
  return await client.map(probes.probeOne, cases);
}

Deno.test(
  "S13: a task that may read everything reads no key, group, log or cache of the server",
  { ignore: !IS_UNIX },
  async () => {
    await using home = new OwnHome();
    await using bystander = await home.start();
    const places = [...home.secrets, `${DENO_DIR}/palpable/location_data`];
    // The entry and the log are there: what is refused is not refused for want of a file.
    for (const place of places) await Deno.stat(place);
    const cases = places.map((place): [Probe, string] => ["readFile", place]);
    for (const read of [true, ["/"], [home.tree.root, DENO_DIR], places]) {
      const refused = await attempts(bystander, { read }, [...cases, ["readDir", DENO_DIR], ["importText", places[1]]]);
      refused.forEach((attempt, i) => assertRefused(attempt, `${Deno.inspect(read)} ${places[i]}`));
    }
    const beside = await attempts(bystander, { read: [home.tree.path("home")] }, [
      ["readFile", home.tree.path("home/data/file")],
      ["readFile", home.tree.path("home/.config/other/file")],
    ]);
    assertEquals(beside, [{ allowed: "data" }, { allowed: "mine" }]);
  },
);

Deno.test(
  "S13: a task that is granted everything is denied nothing, and so reads what Deno opens to such programs only",
  { ignore: Deno.build.os !== "linux" },
  async () => {
    await using bystander = await Bystander.start();
    const kinds = { read: true, write: true, net: true, env: true, sys: true, run: true, ffi: true, import: true };
    const [all, most] = await Promise.all(
      [kinds, { ...kinds, ffi: false }].map((permissions) =>
        attempts(bystander, permissions, [["readFile", "/proc/self/comm"]])
      ),
    );
    assert("allowed" in all[0], Deno.inspect(all));
    assertRefused(most[0], "/proc with all kinds but one");
  },
);

Deno.test(
  "S13: nor by a link that was granted, nor by one beside a folder on the way",
  { ignore: !IS_UNIX },
  async () => {
    await using home = new OwnHome();
    await Deno.symlink(home.tree.path("home"), home.tree.path("out/link"));
    await Deno.symlink(home.tree.path("home/.config"), home.tree.path("home/settings"));
    await using bystander = await home.start();
    const granted: Permissions = { read: [home.tree.path("out/link"), home.tree.path("home")] };
    const refused = await attempts(bystander, granted, [
      ["readFile", home.tree.path("out/link/.config/palpable/authkey")],
      ["readFile", home.tree.path("home/settings/palpable/authkey")],
    ]);
    for (const attempt of refused) assertRefused(attempt, "by a link");
    assertEquals(await attempts(bystander, granted, [["readFile", home.tree.path("out/link/data/file")]]), [
      { allowed: "data" },
    ]);
  },
);

Deno.test("S13: a task that may write above them neither changes nor moves them", { ignore: !IS_UNIX }, async () => {
  await using home = new OwnHome();
  await using bystander = await home.start();
  const move = async (from: string, to: string) => {
    const client = bystander.client.with({
      permissions: { write: [home.tree.path("home")], read: [home.tree.path("home")] },
    });
    return await client.run(
      (from: string, to: string) => {
        try {
          Deno.renameSync(from, to);
          return { allowed: to };
        } catch (error) {
          return { refused: (error as Error).name, message: (error as Error).message };
        }
      },
      from,
      to,
    );
  };
  for (
    const name of ["keys", "keys/key", ".config", ".config/palpable", "run", "run/palpable", "run/palpable/groups"]
  ) {
    assertRefused(await move(home.tree.path(`home/${name}`), home.tree.path("home/data/moved")), name);
  }
  const writes = home.secrets.map((place): [Probe, string] => ["write", place]);
  for (const write of [true, [home.tree.path("home")]]) {
    const refused = await attempts(bystander, { write }, writes.slice(0, 3));
    for (const attempt of refused) assertRefused(attempt, Deno.inspect(write));
  }
  assertRefused((await attempts(bystander, { write: true }, [["write", `${DENO_DIR}/npm/planted`]]))[0], "DENO_DIR");
  assertEquals(
    await attempts(bystander, { write: [home.tree.path("home")] }, [["write", home.tree.path("home/data/new")]]),
    [
      { allowed: undefined },
    ],
  );
});

Deno.test(
  "S13: a folder with them in it is not to be written together with another",
  { ignore: !IS_UNIX },
  async () => {
    await using home = new OwnHome();
    await using bystander = await home.start();
    const write = [home.tree.path("home"), home.tree.path("out")];
    const error = await assertRejects(
      () => bystander.client.with({ permissions: { write } }).run(() => 1),
      PermissionCeilingExceeded,
      "could then move there",
    );
    assertEquals(error.excess, [`write ${home.tree.path("home")}`]);
    const below = [home.tree.path("home/data"), home.tree.path("out")];
    assertEquals(await bystander.client.with({ permissions: { write: below } }).run(() => 1), 1);
  },
);

Deno.test("S13: a task with net reaches the server's address by no name of this machine", async () => {
  for (const address of ["127.0.0.1:0", "0.0.0.0:0", "[::]:0", "[::1]:0"]) {
    await using bystander = await Bystander.start({ address, insecure: true });
    const port = Number(bystander.server.address.split(":").at(-1));
    const hosts = ["127.0.0.1", "localhost", "127.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "2130706433", "::"];
    if (!address.startsWith("127") && !address.startsWith("[::1]")) {
      hosts.push("127.0.0.2", Deno.hostname(), ...Deno.networkInterfaces().map(({ address }) => address));
    }
    const withPorts = hosts.filter((host) => !/^\d+(\.1)?$/.test(host)).map((host) =>
      `${host.includes(":") ? `[${host}]` : host}:${port}`
    );
    for (const net of [true, [`127.0.0.1:${port}`, "localhost"], hosts.slice(0, 4), withPorts]) {
      const reached = await bystander.client.with({ permissions: { net } as Permissions }).run(
        async (hosts: string[], port: number) => {
          const reached: string[] = [];
          for (const hostname of hosts) {
            try {
              (await Deno.connect({ hostname, port })).close();
              reached.push(hostname);
            } catch {
              // Refused, or not there at all.
            }
          }
          return reached;
        },
        hosts,
        port,
      );
      assertEquals(reached, [], `${address} with ${Deno.inspect(net)}`);
    }
  }
});

Deno.test(
  "S13: a task with net and its folder does not reach the server's unix socket",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = new TempTree();
    await using bystander = await Bystander.start({ address: `unix:${tree.path("socket")}` });
    for (
      const permissions of [{ net: true, read: true, write: true }, {
        net: [`unix:${tree.path("socket")}`],
        read: [tree.root],
        write: [tree.root],
      }]
    ) {
      const [attempt] = await attempts(bystander, permissions as Permissions, [["connectUnix", tree.path("socket")]]);
      assertRefused(attempt, Deno.inspect(permissions));
    }
  },
);

Deno.test(
  "S13: the log's folder may be that of the tasks' modules, whose logs are denied then",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = new TempTree({
      "deno.json": "{}",
      "m.ts": "export const f = (p: string) => Deno.readTextFileSync(p);",
    });
    await using bystander = await Bystander.start({ logFolder: tree.root, logConsole: false, logLevel: "info" });
    // deno-lint-ignore no-explicit-any
    const module = remote<any>(tree.url("m.ts"));
    const client = bystander.client.with({ permissions: { read: [tree.root] } });
    assertEquals(await client.run(module.f, tree.path("deno.json")), "{}");
    const error = await client.run(module.f, tree.path("Server.log")).catch((error: Error) => error);
    assertStringIncludes((error as Error).message, "Requires read access");
  },
);
