import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { remote, TaskCrashed } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { Attempt } from "../fixtures/sandbox_probes.ts";
import { copyProbes, withProject } from "./project.ts";

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

const ANSWER = `self.onmessage = () => self.postMessage({ allowed: String(content).length });`;

function assertRefused(attempt: Attempt, hint: string): void {
  assert("refused" in attempt, `It was allowed: ${Deno.inspect(attempt)}`);
  assertStringIncludes(attempt.message, hint);
}

Deno.test("A Web Worker's static imports are checked: no file, no foreign module, not in a worker of a worker either", async () => {
  await using bystander = await Bystander.start();
  const foreign = import.meta.resolve("./denied_test.ts");
  const nested = (code: string) => `
    const worker = new Worker("data:application/javascript," + encodeURIComponent(${
    JSON.stringify(code)
  }), { type: "module" });
    worker.onmessage = ({ data }) => self.postMessage(data);
    worker.onerror = (event) => { event.preventDefault(); self.postMessage({ refused: "nested", message: event.message }); };
    self.onmessage = ({ data }) => worker.postMessage(data);`;
  const text = `import content from "file:///etc/passwd" with { type: "text" }; ${ANSWER}`;
  const module = `import * as content from ${JSON.stringify(foreign)}; ${ANSWER}`;
  for (const kind of ["data", "blob"] as const) {
    for (const code of [text, module, nested(text), nested(module)]) {
      assertRefused(await bystander.client.run(probes.runWorker, code, 1, kind), "Requires read access");
    }
  }
});

Deno.test("A Web Worker cannot be started from a file or URL that the task could not import", async () => {
  await using bystander = await Bystander.start();
  for (const url of ["file:///etc/passwd", import.meta.resolve("./denied_test.ts")]) {
    assertRefused(await bystander.client.run(probes.startWorker, url, 1), "Requires read access");
  }
  const remoteCode = await bystander.client.run(probes.startWorker, "https://example.com/worker.js", 1);
  assertRefused(remoteCode, "Requires import access");
});

Deno.test("A Web Worker's own permissions option is refused where it is not switched on", async () => {
  await using bystander = await Bystander.start();
  for (const permissions of [{ read: true }, { read: ["/etc/passwd"] }, { net: true }]) {
    const outcome = await bystander.client.run(probes.probeInWorker, "readFile", "/etc/passwd", "data", permissions)
      .catch((error) => error);
    // Deno ends a program that uses what is not stable.
    assertInstanceOf(outcome, TaskCrashed);
    assertStringIncludes(outcome.stderr, "Unstable API");
  }
  await bystander.assertGoesOn();
});

Deno.test("A Web Worker's own permissions option grants no more than the task has, where the project switches it on", async () => {
  await using bystander = await Bystander.start();
  await withProject(
    { "deno.json": { unstable: ["worker-options"], permissions: { default: { read: true } } } },
    async (project) => {
      const own = await copyProbes(project);
      for (const permissions of [{ read: true }, { read: ["/etc/passwd"] }, { net: true }, { env: true }]) {
        for (const kind of ["data", "blob"] as const) {
          const attempt = await bystander.client.run(own.probeInWorker, "readFile", "/etc/passwd", kind, permissions);
          assertRefused(attempt, "Can't escalate");
        }
      }
      for (const permissions of ["inherit", "none"]) {
        const attempt = await bystander.client.run(own.probeInWorker, "readFile", "/etc/passwd", "data", permissions);
        assertRefused(attempt, "Requires read access");
      }
      const granted = bystander.client.with({ permissions: { read: ["/etc/passwd"] } });
      const attempt = await granted.run(own.probeInWorker, "readFile", "/etc/passwd", "data", {
        read: ["/etc/passwd"],
      });
      assertEquals(Object.keys(attempt), ["allowed"]);
    },
  );
});
