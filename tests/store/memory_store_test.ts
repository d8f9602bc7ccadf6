import { MemoryStore } from "../../store/memory_store.ts";
import { LateStore } from "../engine/simulation/late_store.ts";
import { testDeadLetters } from "./dead_letters_suite.ts";
import { testSteps } from "./steps_suite.ts";
import type { MakeStore } from "./store_bench.ts";
import { testStore } from "./store_suite.ts";

const inMemory: MakeStore = (clock, limits) => new MemoryStore({ clock, ...limits });
testStore("MemoryStore", inMemory);
testSteps("MemoryStore", inMemory);
testDeadLetters("MemoryStore", inMemory);

// Everything is packed that can be.
const packed: MakeStore = (clock, limits) => new MemoryStore({ clock, ...limits, fewTasks: 0, fewResults: 0 });
testStore("MemoryStore with much in it", packed);
testSteps("MemoryStore with much in it", packed);
testDeadLetters("MemoryStore with much in it", packed);

// That the suite asks no more of a store than one can do that answers later.
const late: MakeStore = (clock, limits) => {
  return new LateStore(new MemoryStore({ clock, ...limits }), { send: queueMicrotask });
};
testStore("a store that answers later", late);
testSteps("a store that answers later", late);
testDeadLetters("a store that answers later", late);
