import { assertEquals, assertRejects } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { openFor } from "../../server/opening.ts";
import { boundAddress } from "../../server/bind.ts";

const OPTIONS = { address: "127.0.0.1:0", authkey: "secret", logLevel: "none" } as const;

Deno.test("openFor() gives all that is open, with what closes it", async () => {
  const { resolved, opened, stack } = await openFor(OPTIONS, undefined);
  const address = boundAddress(opened.listener);
  assertEquals([resolved.address, address.transport, opened.authkeyFile], [OPTIONS.address, "tcp", null]);
  await stack.disposeAsync();
  // Its port is free again: Deno would tell of it too.
  const { hostname, port } = address as { hostname: string; port: number };
  Deno.listen({ hostname, port }).close();
});

Deno.test("openFor() closes what it has opened when a later step fails, or its signal aborts meanwhile", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const error = await assertRejects(() => openFor({ ...OPTIONS, address: `127.0.0.1:${port}` }, undefined), TaskError);
  assertEquals(error.code, "ADDRESS_IN_USE");
  for (const step of [1, 2, 3, 4]) {
    const { signal } = new AbortController();
    let left = step;
    // As one that aborts while that step is under way. What stays open then Deno tells of at the end of this test.
    signal.throwIfAborted = () => {
      if (--left === 0) throw new RangeError("given up");
    };
    await assertRejects(() => openFor(OPTIONS, signal), RangeError, "given up");
  }
});
