import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../server/version.ts";
import { Home } from "../helpers/program.ts";

Deno.test("main() shows help with every command and flag, and the version, and exits 0", async () => {
  await using home = await Home.make();
  const [help, serve, status, stop, version] = await Promise.all(
    [["--help"], ["serve", "--wokers", "-h"], ["status", "--help"], ["stop", "--help"], ["--version"]]
      .map((args) => home.run(args)),
  );
  for (const { code, stderr } of [help, serve, status, stop, version]) assertEquals([code, stderr], [0, ""]);
  const flags =
    "address workers task-timeout result-capacity result-retention queue-capacity max-depth max-processes " +
    "log-folder log-level authkey-file tls-cert tls-key ceiling-read ceiling-write ceiling-net ceiling-env ceiling-sys " +
    "ceiling-run ceiling-ffi ceiling-import module-root module-imports memory-mb heartbeat insecure help version";
  for (const flag of flags.split(" ")) assertMatch(help.stdout, new RegExp(`^  --${flag}[ [=]`, "m"));
  for (const command of ["serve", "status", "stop"]) assertMatch(help.stdout, new RegExp(`^  ${command} `, "m"));
  assertEquals(serve.stdout, help.stdout);
  assertMatch(status.stdout, /^ {2}--json /m);
  assertMatch(stop.stdout, /^ {2}--deadline TIME /m);
  assertEquals(version.stdout, `palpable ${VERSION}\n`);
});

Deno.test("main() exits 2 with one message for a command line that cannot be used", async () => {
  await using home = await Home.make();
  const cases: [args: string[], message: string][] = [
    [["--wokers", "4"], "Unknown flag --wokers; did you mean --workers?"],
    [["serve", "--json"], "Unknown flag --json"],
    [["status", "--workers=1"], "Unknown flag --workers"],
    [["stauts"], 'Unknown command "stauts"; did you mean "status"?'],
    [["--workers"], "Flag --workers needs a value: --workers=N"],
    [["--workers=0"], "Cannot use --workers: it must be a whole number from 1: current value is 0"],
    [["--workers=-1"], "Cannot use --workers: it must be a whole number from 1: current value is -1"],
    [["--workers=many"], 'Cannot use --workers: it must be a whole number: current value is "many"'],
    [["--task-timeout=0s"], "Cannot use --task-timeout: it must be a number from 1: current value is 0"],
    [["--queue-capacity=0"], "Cannot use --queue-capacity: it must be a whole number from 1: current value is 0"],
    [["--max-processes=0"], "Cannot use --max-processes: it must be a whole number from 1: current value is 0"],
    [["--memory-mb=1"], "Cannot use --memory-mb: it must be a whole number from 16: current value is 1"],
    [["--log-level=loud"], "Cannot use --log-level: it must be one of debug, info, warning, error, none"],
    [["--module-imports=npm"], 'Cannot use --module-imports: it must be "cached" or "local": current value is "npm"'],
    [["--address=8089"], 'Cannot use "8089" as an address'],
    [["status", "--address=8089"], 'Cannot use "8089" as an address'],
    [["--group=a/b"], "Cannot use --group: it must be 1 to 64 of the letters"],
    [["status", "--group=a/b"], "Cannot use --group: it must be 1 to 64 of the letters"],
    [["--ceiling-net=http://a"], "Cannot use --ceiling-net: a host is given without a scheme"],
    [["--tls-cert=cert.pem"], "Give both --tls-cert and --tls-key"],
    [["stop", "--now", "--deadline=1s"], "Give --now or --deadline, not both"],
    [["stop", "--deadline=soon"], "Cannot use --deadline: write 500ms, 30s, 5m or 3h"],
  ];
  // A few at a time: each is a process.
  for (let at = 0; at < cases.length; at += 4) {
    await Promise.all(
      cases.slice(at, at + 4).map(async ([args, message]) => {
        const { code, stdout, stderr } = await home.run(args);
        assertEquals([code, stdout], [2, ""], args.join(" "));
        assertEquals(stderr.startsWith(message), true, `${args.join(" ")}: ${stderr}`);
        assertEquals(stderr.trimEnd().split("\n").slice(1), ["See --help"], args.join(" "));
      }),
    );
  }
});

Deno.test("main() exits 1 with one line when a server cannot start", async () => {
  await using home = await Home.make();
  const key = await home.write("key", "secret\n");
  const open = await home.write("open", "secret\n");
  await Deno.chmod(open, 0o644);
  const pem = await home.write("junk.pem", "junk");
  const cases: [args: string[], message: string][] = [
    [["--address=0.0.0.0:0"], "Cannot listen on 0.0.0.0:0 with a key of the server's own making"],
    [["--address=0.0.0.0:0", `--authkey-file=${key}`], "Cannot listen on 0.0.0.0:0 without TLS"],
    [["--address=127.0.0.1:0", "--authkey-file=/missing"], "Cannot read the authkey file /missing"],
    [["--address=127.0.0.1:0", `--authkey-file=${open}`], `Cannot use the authkey file ${open}: others may read it`],
    [["--address=127.0.0.1:0", "--module-root=/missing"], "Cannot use --module-root: there is no folder /missing"],
    [["--address=127.0.0.1:0", `--module-root=${key}`], `Cannot use --module-root: there is no folder ${key}`],
    [["--tls-cert=/missing", `--tls-key=${pem}`], "Cannot read the file of --tls-cert: "],
    [["--address=127.0.0.1:0", `--tls-cert=${pem}`, `--tls-key=${pem}`], "Cannot start on 127.0.0.1:0: "],
    [["--address=127.0.0.1:0", `--log-folder=${key}/logs`], "Cannot start on 127.0.0.1:0: "],
    [["--address=unix:/missing/socket"], "Cannot start on unix:/missing/socket: "],
  ];
  for (let at = 0; at < cases.length; at += 4) {
    await Promise.all(
      cases.slice(at, at + 4).map(async ([args, message]) => {
        const { code, stdout, stderr } = await home.run(args);
        assertEquals([code, stdout], [1, ""], `${args.join(" ")}: ${stderr}`);
        assertStringIncludes(stderr, message, args.join(" "));
        assertEquals(stderr.trimEnd().split("\n").length, 1, `${args.join(" ")}: ${stderr}`);
      }),
    );
  }
});

Deno.test("V9: what is said of options on the command line is said of its flags", async () => {
  await using home = await Home.make();
  const key = await home.write("key", "secret\n");
  const pem = await home.write("junk.pem", "junk");
  const cases: [args: string[], says: string][] = [
    [["--address=0.0.0.0:0"], "give the variable PALPABLE_AUTHKEY or --authkey-file"],
    [["--address=0.0.0.0:0", `--authkey-file=${key}`], "give --tls-cert and --tls-key, or --insecure"],
    [
      ["--address=127.0.0.1:0", `--tls-cert=${pem}`, `--tls-key=${pem}`],
      "Cannot start on 127.0.0.1:0: Cannot use --tls-cert and --tls-key: ",
    ],
    [
      ["--address=127.0.0.1:0", `--tls-cert=${pem}`, `--tls-key=${pem}`],
      "; the file of --tls-cert must be the PEM text",
    ],
    [["--address=unix:/missing/socket"], "Cannot start on unix:/missing/socket: Cannot use --address: "],
    [["status", "--address=192.0.2.1:1", `--authkey-file=${key}`], "give --tls or --tls-ca, or --insecure"],
    [["stop", "--address=192.0.2.1:1", `--authkey-file=${key}`], "give --tls or --tls-ca, or --insecure"],
    [["status", "--address=127.0.0.1:1", "--handshake-timeout=30"], "Cannot use --handshake-timeout: write 30s"],
  ];
  for (const [args, says] of cases) {
    const { stderr } = await home.run(args);
    assertStringIncludes(stderr, says, args.join(" "));
    assertEquals(/\b(authkeyFile|authkey or|tls\.|insecure: true|[a-z]+Ms)\b/.exec(stderr), null, stderr);
  }
  await using full = await Home.make();
  await full.write("config", "in the way of a folder");
  const { stderr } = await full.run(["--address=127.0.0.1:0"]);
  assertStringIncludes(stderr, "Cannot keep an authkey in ");
  assertStringIncludes(stderr, "; give the variable PALPABLE_AUTHKEY or --authkey-file");
});

Deno.test("V9: a server that is silent, or speaks TLS wrongly, is told of with flags too", async () => {
  await using home = await Home.make();
  const key = await home.write("key", "secret\n");
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${(silent.addr as Deno.NetAddr).port}`;
  const flags = ["status", "--address", address, `--authkey-file=${key}`, "--handshake-timeout=50ms"];
  const [plain, secure] = await Promise.all([home.run(flags), home.run([...flags, "--tls"])]);
  assertStringIncludes(plain.stderr, "within 50 ms; ");
  assertStringIncludes(plain.stderr, "give a larger --handshake-timeout, to the server too");
  assertStringIncludes(secure.stderr, "check the certificates in --tls-ca, or leave --tls or --tls-ca out");
  for (const { code, stderr } of [plain, secure]) {
    assertEquals([code, stderr.includes("handshakeTimeoutMs")], [1, false]);
  }
});
