import { MemoryStore } from "../../store/memory_store.ts";
import { LateStore } from "../engine/simulation/late_store.ts";
import { testStore } from "./store_suite.ts";

testStore("MemoryStore", (clock, limits) => new MemoryStore({ clock, ...limits }));

// Everything is packed that can be.
testStore("MemoryStore with much in it", (clock, limits) => {
  return new MemoryStore({ clock, ...limits, fewTasks: 0, fewResults: 0 });
});

// That the suite asks no more of a store than one can do that answers later.
testStore("a store that answers later", (clock, limits) => {
  return new LateStore(new MemoryStore({ clock, ...limits }), { send: queueMicrotask });
});
