import { assertEquals } from "@std/assert";
import { LogRoom } from "../../server/log_room.ts";
import { TempTree } from "../helpers/temp_tree.ts";

/** What is in a folder, with its texts. */
function filesIn(folder: string): Record<string, string> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]));
}

Deno.test("R10: LogRoom.putAside() numbers what is put aside, and removes the oldest", async () => {
  await using tree = new TempTree();
  const room = new LogRoom({ folder: tree.root, maxBytes: 10, keep: 2 });
  for (const text of ["a", "b", "c", "d"]) {
    tree.write("Server.log", text);
    await room.putAside("Server");
  }
  assertEquals(filesIn(tree.root), { "Server.log.1": "d", "Server.log.2": "c" });
  await room.putAside("Server");
  assertEquals(filesIn(tree.root), { "Server.log.2": "d" });
});

Deno.test("R10: LogRoom.putAside() keeps nothing where nothing is to be kept", async () => {
  await using tree = new TempTree({ "Server.log": "a" });
  await new LogRoom({ folder: tree.root, maxBytes: 10, keep: 0 }).putAside("Server");
  assertEquals(filesIn(tree.root), {});
});

Deno.test("R10: LogRoom.wrote() removes workers' files that were written to longest ago, and no others", async () => {
  await using tree = new TempTree({
    "Server.log": "x".repeat(100),
    "notes.log": "mine",
    "Worker-1.log": "x".repeat(10),
    "Worker-2.log": "x".repeat(8),
    "Worker-2.log.1": "x".repeat(10),
  });
  await Deno.utime(tree.path("Worker-2.log"), 1000, 1000);
  await Deno.utime(tree.path("Worker-2.log.1"), 900, 900);
  // Room for 30 together.
  const room = new LogRoom({ folder: tree.root, maxBytes: 10, keep: 2 });
  assertEquals(await room.wrote("Worker-1", 10), []);
  const write = (name: string, bytes: number) => {
    Deno.writeTextFileSync(tree.path(`${name}.log`), "x".repeat(bytes), { append: true });
    return room.wrote(name, bytes);
  };
  assertEquals(await write("Worker-3", 2), []);
  assertEquals(await write("Worker-3", 1), ["Worker-2"]);
  assertEquals(await write("Server", 50), []);
  assertEquals(await write("Worker-1", 9), []);
  assertEquals(await write("Worker-4", 9), ["Worker-3"]);
  assertEquals(await write("Worker-4", 40), ["Worker-1"], "the one that is written to stays");
  assertEquals(Object.keys(filesIn(tree.root)), ["Server.log", "Worker-4.log", "notes.log"]);
});
