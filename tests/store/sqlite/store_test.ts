import { SqliteStore } from "../../../store/sqlite/store.ts";
import { testOrigins } from "../../helpers/test_origins.ts";
import { testDeadLetters } from "../dead_letters_suite.ts";
import { testSteps } from "../steps_suite.ts";
import type { MakeStore } from "../store_bench.ts";
import { testStore } from "../store_suite.ts";

// All of the suite's tasks are durable. A thread and a file for each store: fewer runs.
const folder = Deno.makeTempDirSync({ prefix: "palpable-store-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
let files = 0;

const make: MakeStore = async (clock, limits) => {
  const path = `${folder}/${++files}.db`;
  const store = await SqliteStore.open({ path, clock, ...limits, ballastBytes: 0 });
  store.claim(testOrigins());
  return store;
};

testStore("SqliteStore", make, 25);
testSteps("SqliteStore", make);
testDeadLetters("SqliteStore", make);
