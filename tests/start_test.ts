import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TaskError } from "../mod.ts";
import { Server, type ServerOptions } from "../server.ts";
import { Home, ROOT } from "./helpers/program.ts";

const pem = (name: string) => Deno.readTextFileSync(new URL(`./fixtures/tls/${name}`, import.meta.url));
const start = (options: ServerOptions) =>
  Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", ...options });

Deno.test("Server.start() names the option tls when its texts are no certificate and key", async () => {
  const [cert, key, ca] = [pem("cert.pem"), pem("key.pem"), pem("ca.pem")];
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  for (const tls of [{ cert: "x", key }, { cert, key: "x" }, { cert: broken, key }, { cert: ca, key }]) {
    const error = await assertRejects(() => start({ tls }), TypeError, "Cannot use tls: ");
    assertStringIncludes(
      error.message,
      "cert must be the PEM text of a certificate chain, and key that of its private key",
    );
  }
});

Deno.test("Server.start() names the option address when this machine cannot listen there", async () => {
  const tls = { cert: pem("cert.pem"), key: pem("key.pem") };
  for (
    const options of [
      { address: "203.0.113.1:0", insecure: true },
      { address: "203.0.113.1:0", tls },
      { address: "no.such.host.invalid:0", tls },
      { address: "unix:/missing/socket" },
      { address: `unix:/tmp/${"x".repeat(200)}` },
    ]
  ) {
    const message = `Cannot use address: cannot listen on ${options.address}: `;
    assertStringIncludes((await assertRejects(() => start(options), RangeError, message)).message, "; give a ");
  }
});

// That nothing is left open is what the test runner checks of every test.
Deno.test("Server.start() closes what it opened when its parts cannot be built", async () => {
  const { listen } = Deno;
  // After the key, the log, the watching process and the clients' socket: a place for its workers.
  const refusing = (options: Deno.ListenOptions) => {
    if ("path" in options) throw new Deno.errors.PermissionDenied("no sockets here");
    return listen(options as Deno.TcpListenOptions);
  };
  Deno.listen = refusing as typeof listen;
  try {
    await assertRejects(() => start({}), Error, "Cannot make a place for workers: no sockets here");
  } finally {
    Deno.listen = listen;
  }
  await assertRejects(() => start({ moduleRoots: ["file:///tmp/100%"] }), RangeError, "file:///tmp/100%");
});

Deno.test("Server.start() leaves no temporary file when it may not start what watches over its workers", async () => {
  await using home = await Home.make();
  const program = await home.write(
    "main.ts",
    `import { Server } from ${JSON.stringify(new URL("server.ts", ROOT).href)};
     const options = { address: "127.0.0.1:0", authkey: "key", logLevel: "none" } as const;
     await Server.start(options).catch((error) => console.log(error.name));`,
  );
  const temporary = `${home.folder}/tmp`;
  await Deno.mkdir(temporary);
  const config = new URL("deno.json", ROOT).pathname;
  const args = ["run", "--no-prompt", "-A", "--deny-run=/bin/sh", "--config", config, program];
  assertEquals(await home.deno(args, { env: { TMPDIR: temporary } }), { code: 0, stdout: "NotCapable\n", stderr: "" });
  assertEquals(await Array.fromAsync(Deno.readDir(temporary)), []);
});

Deno.test("Server.start() says where it cannot keep a key", async () => {
  await using home = await Home.make();
  const file = await home.write("config", "");
  const program = await home.write(
    "main.ts",
    `import { Server } from ${JSON.stringify(new URL("server.ts", ROOT).href)};
     await Server.start({ address: "127.0.0.1:0" }).catch((error) => console.log(error.code, error.message));`,
  );
  const config = new URL("deno.json", ROOT).pathname;
  const { stdout, stderr } = await home.deno(["run", "--no-prompt", "-A", "--config", config, program]);
  assertEquals(stderr, "");
  assertStringIncludes(stdout, `AUTHKEY_UNUSABLE Cannot keep an authkey in ${file}/palpable/authkey: `);
  assertStringIncludes(stdout, "; give authkey or authkeyFile");
  const error = await assertRejects(() => start({ authkey: undefined, authkeyFile: "/missing" }), TaskError);
  assertEquals(error.code, "AUTHKEY_UNUSABLE");
});
