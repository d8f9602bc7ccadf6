import { assert, assertEquals, assertRejects } from "@std/assert";
import { placesFolders } from "../../host/places_folder.ts";
import { sweepPlaces, WorkerPlace } from "../../host/worker_place.ts";
import { remote } from "../../mod.ts";
import { connectTo, startPair } from "../fixtures/pair.ts";
import { whyNoOtherUser } from "../helpers/other_user.ts";
import { RuntimeFolder } from "../helpers/runtime_folder.ts";
import { Server } from "../../server.ts";
import { AUTHKEY } from "../fixtures/pair.ts";

const IS_UNIX = Deno.build.os !== "windows";
const IS_ROOT = IS_UNIX && Deno.uid() === 0 && isThere("/usr/bin/setpriv");
const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const places = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).filter((n) => n.startsWith("palpable-workers-"));
const ownAddress = () => Deno.args[0];

Deno.test(
  "W7: workers meet their server in a folder of this user, which is gone when it stops",
  { ignore: !IS_UNIX },
  async () => {
    await using runtime = new RuntimeFolder();
    {
      await using pair = await startPair();
      const [name, ...others] = places(runtime.path);
      assertEquals(others, []);
      const { mode } = Deno.statSync(`${runtime.path}/${name}`);
      assertEquals(mode! & 0o777, 0o700);
      assertEquals(await pair.client.run(ownAddress), `unix:${runtime.path}/${name}/socket`);
    }
    assertEquals(places(runtime.path), []);
  },
);

Deno.test("W7: a process of another user cannot knock at the workers' socket", { ignore: !IS_ROOT }, async () => {
  const before = Deno.env.get("XDG_RUNTIME_DIR");
  Deno.env.delete("XDG_RUNTIME_DIR");
  try {
    await using pair = await startPair();
    const path = (await pair.client.run(ownAddress)).slice("unix:".length);
    const { stdout } = await new Deno.Command("setpriv", {
      args: ["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", `id -u; ls -d /tmp; ls "${path}"`],
      stderr: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "65534\n/tmp\n");
    const knock = `await Deno.connect({ transport: "unix", path: "${path}" }).then(
      () => console.log("in"),
      (error) => console.log(error.name),
    ); Deno.exit()`;
    const knockAs = async (...as: string[]) => {
      const args = [...as, Deno.execPath(), "eval", knock];
      const env = { DENO_DIR: "/dev/null/none", NO_COLOR: "1" };
      return new TextDecoder().decode((await new Deno.Command("setpriv", { args, env }).output()).stdout);
    };
    assertEquals(await knockAs(), "in\n");
    if (whyNoOtherUser() === null) {
      const asOther = await knockAs("--reuid=65534", "--regid=65534", "--clear-groups");
      assertEquals(asOther, "PermissionDenied\n");
    }
    const again = await pair.client.with({ permissions: { read: true, write: true, net: true } }).run(ownAddress);
    assert(again.startsWith("unix:"), again);
  } finally {
    if (before !== undefined) Deno.env.set("XDG_RUNTIME_DIR", before);
  }
});

Deno.test("W7: a task whose grants cover the folder is denied it", { ignore: !IS_UNIX }, async () => {
  await using runtime = new RuntimeFolder();
  await using pair = await startPair();
  const [name] = places(runtime.path);
  const folder = `${runtime.path}/${name}`;
  for (const grant of [true, [runtime.path], [folder]] as const) {
    for (const permissions of [{ read: grant, write: grant, net: true }, { read: grant }, { write: grant }] as const) {
      const client = pair.client.with({ permissions: permissions as { read?: true } });
      const attempts = [
        await client.run(probes.probe, "readDir", folder),
        await client.run(probes.probe, "connectUnix", `${folder}/socket`),
        await client.run(probes.probe, "remove", `${folder}/socket`),
      ];
      for (const attempt of attempts) assert("refused" in attempt, JSON.stringify([permissions, attempt]));
    }
  }
  const links = places(runtime.path).filter((other) => other !== name);
  assertEquals(links.flatMap((other) => [...Deno.readDirSync(`${runtime.path}/${other}`)]), []);
});

Deno.test(
  "W7: where the ways in of single processes are, nothing leads to the socket",
  { ignore: !IS_UNIX },
  async () => {
    await using runtime = new RuntimeFolder();
    await using pair = await startPair();
    const [name] = places(runtime.path);
    const base = placesFolders().at(-1)!;
    const granted = [base, runtime.path];
    const client = pair.client.with({ permissions: { read: granted, write: granted, net: true } });
    await client.run(() => 1);
    const folders = [...Deno.readDirSync(base)].map((entry) => `${base}/${entry.name}`)
      .filter((path) => path.includes("/palpable-ways-") && belongsTo(path, `${runtime.path}/${name}`));
    assertEquals(folders.length, 1);
    const attempt = await client.run(probes.probe, "connectUnix", `${folders[0]}/place/socket`);
    assert("refused" in attempt, JSON.stringify(attempt));
  },
);

function belongsTo(ways: string, place: string): boolean {
  try {
    return Deno.readTextFileSync(`${ways}/place`) === place;
  } catch {
    try {
      return Deno.realPathSync(`${ways}/place`) === place;
    } catch {
      // Another server's, which has just stopped.
      return false;
    }
  }
}

Deno.test(
  "W7: what a killed server left behind is swept out, a live one's place is not",
  { ignore: !IS_UNIX },
  async () => {
    await using runtime = new RuntimeFolder();
    const program = import.meta.resolve("../fixtures/doomed_server.ts");
    const child = new Deno.Command(Deno.execPath(), { args: ["run", "-A", program], stdout: "piped", stdin: "null" })
      .spawn();
    const output = child.stdout.getReader();
    await output.read();
    const [left] = places(runtime.path);
    await sweepPlaces();
    assertEquals(places(runtime.path), [left]);
    child.kill("SIGKILL");
    await child.status;
    while (!(await output.read()).done);
    assertEquals(places(runtime.path), [left]);
    await using server = await Server.start({ address: "127.0.0.1:0", authkey: AUTHKEY, logLevel: "none" });
    assertEquals(places(runtime.path).includes(left), false);
    await using client = await connectTo(server);
    assertEquals(await client.run((x: number) => x + 1, 1), 2);
  },
);

Deno.test(
  "W7: when the folder is cleared away, processes meet their server elsewhere",
  { ignore: !IS_UNIX },
  async () => {
    await using runtime = new RuntimeFolder();
    await using pair = await startPair({ spares: 0 });
    const first = await pair.client.run(ownAddress);
    for (const name of places(runtime.path)) await Deno.remove(`${runtime.path}/${name}`, { recursive: true });
    const second = await pair.client.run(ownAddress);
    assert(first !== second);
    assertEquals(places(runtime.path).length, 1);
  },
);

Deno.test("WorkerPlace.close() may come twice, and nothing listens then", { ignore: !IS_UNIX }, async () => {
  const place = WorkerPlace.open();
  const { path } = place.door();
  place.close();
  place.close();
  await assertRejects(() => Deno.connect({ transport: "unix", path: path! }), Deno.errors.NotFound);
});
