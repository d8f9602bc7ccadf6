/** What a server finds out at its start is asked for once in a program, and again when the answer may be another. */
import { assertEquals } from "@std/assert";
import { HelperPrograms } from "../../host/helper_programs.ts";
import { openHands } from "../../host/hands.ts";
import { timer } from "../helpers/hands.ts";

/** Counts the programs that are started. */
class Counting extends HelperPrograms {
  count = 0;

  override run(...args: Parameters<HelperPrograms["run"]>): ReturnType<HelperPrograms["run"]> {
    this.count++;
    return super.run(...args);
  }
}

Deno.test("a second server of one program starts no helper program to find the cache and its own modules", async () => {
  const first = await openHands(new HelperPrograms({ timer }), timer);
  const helpers = new Counting({ timer });
  const second = await openHands(helpers, timer);
  assertEquals(helpers.count, 0);
  assertEquals([second.serverDenoDir, second.ownModules], [first.serverDenoDir, first.ownModules]);
});

Deno.test("a program that moves its cache has its next server look for it again", async () => {
  const before = Deno.env.get("DENO_DIR");
  const folder = await Deno.makeTempDir();
  try {
    const first = await openHands(new HelperPrograms({ timer }), timer);
    Deno.env.set("DENO_DIR", folder);
    const second = await openHands(new HelperPrograms({ timer }), timer);
    assertEquals(second.serverDenoDir, folder);
    assertEquals(second.ownModules, first.ownModules);
  } finally {
    if (before === undefined) Deno.env.delete("DENO_DIR");
    else Deno.env.set("DENO_DIR", before);
    await Deno.remove(folder, { recursive: true });
  }
});
