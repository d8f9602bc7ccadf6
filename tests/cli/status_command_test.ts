import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Client } from "../../mod.ts";
import { Gate } from "../helpers/gate.ts";
import { Home, ROOT } from "../helpers/program.ts";

Deno.test("status shows workers and counts as a table and as JSON", async () => {
  await using home = await Home.make();
  await using serving = await home.serve(["--address=127.0.0.1:0", "--workers=2"]);
  await using client = await Client.connect({ address: serving.address, authkeyFile: home.authkeyFile });
  assertEquals(await client.run((x: number) => x + 1, 1), 2);
  using gate = new Gate();
  const { result } = await gate.send(client);
  const table = await home.run(["status", "--address", serving.address]);
  assertEquals([table.code, table.stderr], [0, ""]);
  assertStringIncludes(table.stdout, `at ${serving.address}: running, up `);
  assertMatch(table.stdout, /^slots +1 of 2 taken, 0 lent$/m);
  assertMatch(table.stdout, /^tasks +2 submitted, 1 succeeded, 0 failed, 0 cancelled$/m);
  assertMatch(table.stdout, /^Worker-\d+ +\d+ +visitor +running +\S+ +\d+% +\d+\.\d MiB$/m);

  const json = await home.run(["status", "--address", serving.address, "--json"]);
  assertEquals([json.code, json.stderr], [0, ""]);
  const status = JSON.parse(json.stdout);
  const { name, pid, taskName, state } = status.workers[0];
  assertStringIncludes(table.stdout, `${name}  ${String(pid)}`);
  assertEquals([taskName, state, status.workers.length], ["visitor", "running", 1]);
  assertEquals([status.address, status.state, status.taskQueueSize], [serving.address, "running", 0]);
  gate.open();
  await result;
});

Deno.test("status and stop say TaskServer OFFLINE and exit 1 when nothing listens, key or no key", async () => {
  await using home = await Home.make();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  const key = await home.write("key", "secret\n");
  for (
    const args of [["status"], ["status", "--json"], ["stop"], ["stop", "--now"], ["status", `--authkey-file=${key}`]]
  ) {
    const { code, stdout, stderr } = await home.run([...args, "--address", address]);
    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertMatch(stderr, new RegExp(`^TaskServer OFFLINE: cannot connect to ${address}: .+refused.+\n$`));
  }
  const { code, stderr } = await home.run(["status", "--address=unix:/missing/socket"]);
  assertEquals(code, 1);
  assertMatch(stderr, /^TaskServer OFFLINE: cannot connect to unix:\/missing\/socket: No such file.+\n$/);
});

Deno.test("status exits 1 with one line for a wrong key, no key, and a key that others can read", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  const wrong = await home.write("wrong", "wrong key\n");
  const open = await home.write("open", "key\n");
  await Deno.chmod(open, 0o644);
  const status = (file: string) => home.run(["status", "--address", serving.address, `--authkey-file=${file}`]);
  for (
    const [ended, message] of [
      [await status(wrong), "authkey"],
      [await status(open), "others may read it"],
      [await status("/missing"), "Cannot read the authkey file /missing"],
    ] as const
  ) {
    assertEquals([ended.code, ended.stdout], [1, ""]);
    assertStringIncludes(ended.stderr, message);
    assertEquals(ended.stderr.trimEnd().split("\n").length, 1, ended.stderr);
  }
  await using stranger = await Home.make();
  const { code, stderr } = await stranger.run(["status", "--address", serving.address]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot find an authkey");
});

Deno.test("status speaks TLS with --tls-ca, and says what to do where it is missing", async () => {
  await using home = await Home.make();
  const tls = new URL("tests/fixtures/tls/", ROOT).pathname;
  const flags = ["--address=127.0.0.1:0", `--tls-cert=${tls}cert.pem`, `--tls-key=${tls}key.pem`];
  await using serving = await home.serve(flags);
  const status = (...flags: string[]) => home.run(["status", "--address", serving.address, ...flags]);
  assertEquals((await status(`--tls-ca=${tls}ca.pem`)).code, 0);
  const untrusted = await status("--tls");
  assertEquals(untrusted.code, 1);
  assertStringIncludes(untrusted.stderr, "certificate");
  const plain = await status();
  assertEquals(plain.code, 1);
  assertStringIncludes(
    plain.stderr,
    `${serving.address}: what answers there speaks TLS; for TLS give --tls or --tls-ca`,
  );
  assertEquals((await home.run(["stop", "--address", serving.address, `--tls-ca=${tls}ca.pem`])).code, 0);
  assertEquals(await serving.ended(), 0);
});
