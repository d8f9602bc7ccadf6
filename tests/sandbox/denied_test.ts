import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { remote } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { Attempt, Probe } from "../fixtures/sandbox_probes.ts";
import { attempts } from "./attempts.ts";

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

function assertRefused(attempt: Attempt, what: string): void {
  assert("refused" in attempt, `${what} was allowed: ${Deno.inspect(attempt)}`);
  // Refused for want of a permission, not because the attempt itself was wrong.
  const says = what.includes("touchNode ") ? "Command failed" : "Requires";
  assertStringIncludes(`${attempt.refused}: ${attempt.message}`, says, what);
}

/** What reads as if there was nothing, with what it gives. */
const ABSENT: [Probe, string, unknown][] = [
  ["envGet", "HOME", undefined],
  ["envGet", "PALPABLE_AUTHKEY", undefined],
  ["envGet", "DENO_DIR", undefined],
  ["envAll", "", {}],
  ["envNode", "HOME", undefined],
  ["envSet", "HOME", undefined],
];

Deno.test("U7: variables read as absent in a task without permissions and in its Web Workers, and cannot be set", async () => {
  await using bystander = await Bystander.start();
  const cases = ABSENT.map(([name, arg]): [Probe, string] => [name, arg]);
  const expected = ABSENT.map(([, , allowed]): Attempt => ({ allowed }));
  assertEquals(await bystander.client.map(probes.probeOne, cases), expected);
  assertEquals(await bystander.client.run(probes.probeAllInWorkers, cases, "data"), expected);
  const seen = await bystander.client.run(async () => {
    const { default: process } = await import("node:process");
    Deno.env.set("HOME", "x");
    process.env.HOME = "y";
    Deno.env.delete("PATH");
    const state = (variable?: string) => Deno.permissions.querySync({ name: "env", variable }).state;
    return [
      Deno.env.has("HOME"),
      Deno.env.toObject(),
      { ...process.env },
      "HOME" in process.env,
      state(),
      state("HOME"),
    ];
  });
  assertEquals(seen, [false, {}, {}, false, "denied", "denied"]);
});

Deno.test("A task without permissions is refused files, network, programs, libraries and system facts", async () => {
  await using bystander = await Bystander.start();
  await attempts(async (cases) => {
    const results = await bystander.client.map(
      probes.probeOne,
      cases.map(([name, arg]): [Probe, string] => [name, arg]),
    );
    results.forEach((attempt, i) => assertRefused(attempt, cases[i].join(" ")));
  });
});

Deno.test("A Web Worker of a task without permissions is refused the same, from a data: and from a blob: URL", async () => {
  await using bystander = await Bystander.start();
  await attempts(async (cases) => {
    // All in one process: a worker each is enough to tell them apart.
    for (const kind of ["data", "blob"] as const) {
      const results = await bystander.client.run(probes.probeAllInWorkers, cases, kind);
      results.forEach((attempt, i) => assertRefused(attempt, `${kind} ${cases[i].join(" ")}`));
    }
  });
});

Deno.test("A subtask without permissions is refused what its parent may", async () => {
  await using bystander = await Bystander.start();
  const parent = bystander.client.with({ permissions: { read: ["/etc/passwd"] } });
  assert("allowed" in await parent.run(probes.probe, "readFile", "/etc/passwd"));
  for (const permissions of [undefined, "none", {}, { read: false }, { read: [] }, { env: ["X"] }] as const) {
    const attempt = await parent.run(probes.probeInSubtask, permissions, "readFile", "/etc/passwd");
    assert("refused" in attempt, Deno.inspect(permissions));
  }
});

Deno.test("The server's public address and the socket of its workers are out of reach", async () => {
  await using bystander = await Bystander.start();
  const [, port] = bystander.server.address.split(":");
  assertRefused(await bystander.client.run(probes.probe, "connect", port), "public address");
  const second = await bystander.client.run(probes.connectAgain);
  assertRefused(second.inTask, "worker socket");
  assertRefused(second.inWorker, "worker socket from a Web Worker");
});

Deno.test("A task that may connect anywhere cannot connect to the socket of the workers again", async () => {
  await using bystander = await Bystander.start();
  const second = await bystander.client.with({ permissions: { net: true } }).run(probes.connectAgain);
  assertRefused(second.inTask, "worker socket");
  assertRefused(second.inWorker, "worker socket from a Web Worker");
  await bystander.assertGoesOn();
});

Deno.test("The token is not to be had again: standard input is at its end, arguments hold no secret", async () => {
  await using bystander = await Bystander.start();
  assertEquals(await bystander.client.run(probes.probe, "readStdin", ""), { allowed: null });
  const args = await bystander.client.run(() => Deno.args.join(" "));
  assert(!/[0-9a-f]{32}/i.test(args), args);
});

Deno.test("The environment of a task holds none of the server's variables, as its own system sees it", async () => {
  const name = "PALPABLE_TEST_SECRET_OF_THE_SERVER";
  Deno.env.set(name, "secret");
  Deno.env.set("SOME_OTHER_SECRET", "secret");
  try {
    await using bystander = await Bystander.start();
    // What the process was given, by way of a program that prints it.
    const client = bystander.client.with({ permissions: { run: ["/usr/bin/env"] } });
    const variables = await client.run(() => {
      const { stdout } = new Deno.Command("/usr/bin/env").outputSync();
      return new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split("=")[0]);
    });
    const harmless = [
      // Where the process came from, see `host/descendant_keeper.ts`: not the server's.
      "PALPABLE_ORIGIN",
      "DENO_DIR",
      "DENO_NO_UPDATE_CHECK",
      "NO_COLOR",
      "PATH",
      "TZ",
      "LANG",
      "SSL_CERT_FILE",
      "DENO_CERT",
    ];
    const more = ["DENO_TLS_CA_STORE", "JSR_URL", "NPM_CONFIG_REGISTRY", "PWD", "SHLVL", "_", "LS_COLORS"];
    assertEquals(variables.filter((variable) => ![...harmless, ...more].includes(variable)), []);
    // Even all of the environment leaves out what is the server's own.
    const all = await bystander.client.with({ permissions: { env: true } }).run(() => Object.keys(Deno.env.toObject()));
    assertEquals([all.includes(name), all.includes("SOME_OTHER_SECRET")], [false, true]);
  } finally {
    Deno.env.delete(name);
    Deno.env.delete("SOME_OTHER_SECRET");
  }
});

Deno.test("Deno.permissions.request() in a task does not prompt, and grants nothing", async () => {
  await using bystander = await Bystander.start();
  for (const name of ["read", "write", "net", "env", "run", "ffi", "sys"]) {
    const attempt = await bystander.client.run(probes.probe, "requestPermission", name);
    assertEquals(attempt, { allowed: "denied" }, name);
  }
  for (const global of ["confirm", "alert", "prompt"] as const) {
    const answer = await bystander.client.run(
      (global: "confirm" | "alert" | "prompt") => String(globalThis[global]("?")),
      global,
    );
    assert(["false", "undefined", "null"].includes(answer), `${global}: ${answer}`);
  }
});
