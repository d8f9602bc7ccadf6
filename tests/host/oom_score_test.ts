import { assertEquals } from "@std/assert";
import { startPair } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";

const IS_LINUX = Deno.build.os === "linux";

Deno.test("R8: a worker is ended before the server when memory runs out", { ignore: !IS_LINUX }, async () => {
  await using pair = await startPair({ spares: 0 });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const [{ pid }] = pair.server.status().workers;
  const own = Number(Deno.readTextFileSync("/proc/self/oom_score_adj"));
  assertEquals(Number(Deno.readTextFileSync(`/proc/${pid}/oom_score_adj`)), Math.min(1000, own + 500));
  gate.open();
  await result;
});
