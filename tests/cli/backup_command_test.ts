import { assertEquals, assertMatch } from "@std/assert";
import { Client } from "../../mod.ts";
import { Home } from "../helpers/program.ts";

Deno.test("backup has the server copy its store, and says where that is", async () => {
  await using home = await Home.make();
  await using serving = await home.serve(["--address=127.0.0.1:0", "--store=tasks.db"]);
  const { address } = serving;
  await using client = await Client.connect({ address, authkeyFile: home.authkeyFile, reconnectMs: 0 });
  const { id } = await client.submit((x: number) => x + 1, 1);
  const made = await home.run(["backup", "saved.db", "--address", address]);
  assertEquals([made.code, made.stderr], [0, ""]);
  assertMatch(made.stdout, /^Backed the store up to \S+\/saved\.db \(\d\.\d MiB\)\n$/);
  const file = /to (\S+) /.exec(made.stdout)![1];
  assertEquals(file, `${home.folder}/saved.db`);
  const again = await home.run(["backup", file, "--address", address]);
  assertEquals([again.code, again.stdout], [1, ""]);
  assertEquals(again.stderr, `Cannot back the store up to ${file}: it is there already; name a new file\n`);
  await using next = await home.serve(["--address=127.0.0.1:0", `--store=${file}`]);
  await using other = await Client.connect({ address: next.address, authkeyFile: home.authkeyFile, reconnectMs: 0 });
  assertEquals(await other.handle(id).result(), 2);
});

Deno.test("backup needs one file, and a server that has a store", async () => {
  await using home = await Home.make();
  for (
    const [args, said] of [
      [[], "Give the file that is to be made: backup FILE\nSee --help\n"],
      [["a.db", "b.db"], 'Unexpected argument "b.db": there is one already\nSee --help\n'],
    ] as const
  ) {
    const refused = await home.run(["backup", ...args]);
    assertEquals([refused.code, refused.stderr], [2, said]);
  }
  const help = await home.run(["backup", "--help"]);
  assertMatch(help.stdout, /^Usage: .* backup FILE \[flags\]\n/);
  await using serving = await home.serve();
  const refused = await home.run(["backup", "a.db", "--address", serving.address]);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertMatch(refused.stderr, /start it with a store \(--store FILE\)/);
});
