import { assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { StoreFolder, tasksOf } from "../../helpers/store_files.ts";
import { durableOrigin } from "../../helpers/task_record.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

Deno.test("SqliteStore keeps none of the tasks of a submission while that waits for the disk", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const [paused, pause] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.turns = {
    worked() {},
    isOver: true,
    others() {
      paused.resolve();
      return pause.promise;
    },
  };
  let kept: WeakRef<object>[] = [];
  const submit = () => {
    const tasks = tasksOf(100);
    kept = tasks.map((task) => new WeakRef(task));
    return store.submit(durableOrigin(), tasks);
  };
  const submitted = submit();
  await paused.promise;
  collect();
  assertEquals(kept.filter((task) => task.deref() !== undefined).length, 0);
  store.turns = null;
  pause.resolve();
  assertEquals([(await submitted).length, store.unfinished], [100, 100]);
  await store[Symbol.asyncDispose]();
});
