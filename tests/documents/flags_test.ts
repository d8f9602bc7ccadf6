/** Command lines in README.md and docs/ have flags that the command knows. */
import { assert } from "@std/assert";
import { serveCommand } from "../../cli/serve.ts";
import { statusCommand } from "../../cli/status_command.ts";
import { stopCommand } from "../../cli/stop_command.ts";
import { userPages } from "./pages.ts";

const COMMANDS = [serveCommand, statusCommand, stopCommand];
/** What the command is called: its file, or its export, also in a list; and the arguments of an image. */
const PROGRAM = /(?:\/server|server\.ts)"?(?=[\s,])|^CMD (?=\[)/;

Deno.test("Each flag in a command line of the documents is one that the command has", () => {
  let count = 0;
  for (const { path, text } of userPages()) {
    for (const [, block] of text.matchAll(/^```(?:sh|ini|dockerfile)\n([\s\S]*?)^```$/gm)) {
      for (const line of block.replaceAll("\\\n", " ").split("\n").filter((line) => PROGRAM.test(line))) {
        const args = line.slice(PROGRAM.exec(line)!.index).replaceAll(/[",[\]]/g, " ").trim().split(/\s+/).slice(1);
        const command = COMMANDS.find(({ name }) => name === args[0]) ?? serveCommand;
        for (const [, flag] of args.join(" ").matchAll(/(?:^| )--([a-z-]+)/g)) {
          assert(command.flags.some(({ name }) => name === flag), `${path}: ${command.name} has no --${flag}`);
          count++;
        }
      }
    }
  }
  assert(count > 10, `${count} flags were found`);
});
