/** Corrects lines, by a server that is another program and may be started later: `deno task start "a lzy dog"`. */

import { Client } from "@palpable/palpable";
import type { spelling } from "./spelling.ts";

await using client = await Client.connect({ group: "spelling", waitMs: 30_000 });
for await (const { text, words } of client.pipeline<typeof spelling>("spelling").stream(Deno.args)) {
  console.log(`${text} (${words} words)`);
}
