import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../../mod.ts";
import { NO_PERMISSIONS } from "../../../core/permissions.ts";
import { findSystemPlaces } from "../../../host/wall/system_places.ts";
import { Wall } from "../../../host/wall/wall.ts";
import { TempTree } from "../../helpers/temp_tree.ts";

Deno.test("Wall.around() refuses more places than bubblewrap takes arguments, and says what to do", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const names = Array.from({ length: 3000 }, (_, at) => `${at}`);
  await using tree = new TempTree(Object.fromEntries(names.map((name) => [name, ""])));
  const surroundings = {
    system: findSystemPlaces(),
    denoDir: "/nonexistent",
    serverDenoDir: "/nonexistent",
    cgroups: null,
  };
  const wall = new Wall("/usr/bin/bwrap", "0.8.0", surroundings);
  const around = (count: number) =>
    wall.around({
      permissions: { ...NO_PERMISSIONS, read: names.slice(0, count).map((name) => tree.path(name)) },
      spellings: {},
      lookups: new Map(),
      denied: { places: [], net: () => [] },
      memoryMb: null,
      mayQuote: false,
      graph: null,
      way: { address: "", socket: null, needs: { read: [], write: [], net: [] }, denied: null, afterwards: [] },
      nonce: null,
      ownModules: new Set(),
      bundle: { state: "missing" },
      maxFrameBytes: 1,
      maxResultBytes: 1,
      maxResultItems: 1,
    });
  assert(around(1000).includes(tree.path("999")));
  const error = assertThrows(() => around(3000), TaskError, "grant folders rather than what is in them");
  assertEquals(error.code, "WALL_REFUSED");
});
