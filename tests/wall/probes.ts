/** What tests/sandbox/ says of a task without permissions holds behind the second wall as without it. */
import { assert, assertEquals } from "@std/assert";
import { remote } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { attempts } from "../sandbox/attempts.ts";
import { because, HERE } from "./here.ts";

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

for (const wall of ["none", "bwrap"] as const) {
  Deno.test(
    `With wall "${wall}" a task without permissions, and its Web Workers, are refused every attempt${because}`,
    HERE,
    async () => {
      await using bystander = await Bystander.start({ wall });
      await attempts(async (cases) => {
        const inTask = await bystander.client.map(probes.probeOne, cases);
        inTask.forEach((attempt, i) => assert("refused" in attempt, `${cases[i]} was allowed`));
        for (const kind of ["data", "blob"] as const) {
          const inWorkers = await bystander.client.run(probes.probeAllInWorkers, cases, kind);
          inWorkers.forEach((attempt, i) => assert("refused" in attempt, `${cases[i]} was allowed in a Web Worker`));
        }
      });
      assertEquals(await bystander.client.run(probes.probe, "readStdin", ""), { allowed: null });
      const second = await bystander.client.with({ permissions: { net: true } }).run(probes.connectAgain);
      assert("refused" in second.inTask && "refused" in second.inWorker);
      // What Deno keeps without any permission is kept for nobody.
      for (const name of ["localStorage", "caches"] as const) {
        assert("refused" in await bystander.client.run(probes.probe, name, "key"), name);
      }
    },
  );
}
