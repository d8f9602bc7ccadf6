import { assertEquals, assertRejects } from "@std/assert";
import { endedByAbort, onAbort, untilAborted } from "../../core/abort.ts";
import { LAYERS } from "../../tools/layers.ts";
import { CountedSignal } from "../helpers/counted_signal.ts";

Deno.test("E8: onAbort() has one listener for many, in their order, and none once all have let go", () => {
  const counted = new CountedSignal();
  const heard: string[] = [];
  const act = (reason: unknown) => heard.push(`twice ${reason}`);
  const letGo = ["a", "b"].map((name) => onAbort(counted.signal, (reason) => heard.push(`${name} ${reason}`)));
  // The same function for two of them is called for each.
  letGo.push(onAbort(counted.signal, act), onAbort(counted.signal, act));
  assertEquals(counted.listeners, 1);
  letGo[0]();
  letGo[0]();
  assertEquals(counted.listeners, 1);
  for (const go of letGo) go();
  assertEquals(counted.listeners, 0);
  for (const name of ["c", "d"]) onAbort(counted.signal, (reason) => heard.push(`${name} ${reason}`));
  onAbort(counted.signal, act);
  onAbort(counted.signal, act);
  counted.abort("now");
  assertEquals(heard, ["c now", "d now", "twice now", "twice now"]);
  for (const go of letGo) go();
});

Deno.test("onAbort() acts at once on a signal that has aborted, and never without one", () => {
  const heard: unknown[] = [];
  onAbort(AbortSignal.abort("before"), (reason) => heard.push(reason))();
  onAbort(undefined, (reason) => heard.push(reason))();
  assertEquals(heard, ["before"]);
});

Deno.test("onAbort() lets one that hears let go of another, and take on one more", () => {
  const abort = new AbortController();
  const heard: string[] = [];
  onAbort(abort.signal, () => {
    heard.push("a");
    letGoOfB();
    onAbort(abort.signal, () => heard.push("c"));
  });
  const letGoOfB = onAbort(abort.signal, () => heard.push("b"));
  abort.abort();
  assertEquals(heard, ["a", "c"]);
});

Deno.test("onAbort() reports what is thrown by one that hears, and tells the others", () => {
  const abort = new AbortController();
  const reported: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error);
  };
  addEventListener("error", onError);
  try {
    onAbort(abort.signal, () => {
      throw "bad";
    });
    onAbort(abort.signal, () => reported.push("told"));
    abort.abort();
  } finally {
    removeEventListener("error", onError);
  }
  assertEquals(reported, ["bad", "told"]);
});

Deno.test("untilAborted() and endedByAbort() leave nothing at the signal, however the work ends", async () => {
  const counted = new CountedSignal();
  const { signal } = counted;
  const never = new Promise<never>(() => {});
  for (const wait of [untilAborted, endedByAbort] as (typeof endedByAbort)[]) {
    assertEquals(await wait(Promise.resolve(1), signal, () => {}), 1);
    await assertRejects(() => wait(Promise.reject(new Error("bad")), signal, () => {}), Error, "bad");
    assertEquals(await wait(Promise.resolve(1), undefined, () => {}), 1);
  }
  const { promise, reject } = Promise.withResolvers<never>();
  const acts: unknown[] = [];
  const waits = [
    untilAborted(never, signal),
    untilAborted(never, signal, (reason) => acts.push(reason)),
    endedByAbort(promise, signal, reject),
  ].map((wait) => wait.catch((reason) => reason));
  assertEquals(counted.listeners, 1);
  counted.abort("enough");
  assertEquals([await Promise.all(waits), acts], [["enough", "enough", "enough"], ["enough"]]);
  assertEquals(await untilAborted(never, signal).catch((reason) => reason), "enough");
});

Deno.test("E8: nothing but core/abort.ts listens to signals, and a worker's body to the one of its own task", () => {
  const root = new URL("../../", import.meta.url);
  const folders = Object.keys(LAYERS).filter((name) => !name.endsWith(".ts"));
  const listening: string[] = [];
  for (const folder of folders) {
    for (const { name } of Deno.readDirSync(new URL(folder, root))) {
      if (!name.endsWith(".ts")) continue;
      const text = Deno.readTextFileSync(new URL(`${folder}/${name}`, root));
      if (/addEventListener\("abort"|onabort/.test(text)) listening.push(`${folder}/${name}`);
    }
  }
  assertEquals(listening, ["core/abort.ts", "process/worker_body.ts"]);
});
