import { assertEquals } from "@std/assert";
import { captureConsole } from "../../process/console_capture.ts";

const FIXTURE = new URL("../fixtures/console_calls.ts", import.meta.url).href;

async function linesOf(what: "runtime" | "captured"): Promise<string[]> {
  // To one place: the runtime writes warnings and errors to standard error.
  const command = new Deno.Command("sh", {
    args: ["-c", '"$0" run "$1" "$2" 2>&1', Deno.execPath(), FIXTURE, what],
    env: { NO_COLOR: "1" },
  });
  const { stdout } = await command.output();
  const text = new TextDecoder().decode(stdout).replace(/\d+(\.\d+)?ms/g, "1ms");
  return text.split("\n");
}

Deno.test("O5: what a task prints is formatted as the runtime's console does, whatever it is given", async () => {
  const [printed, captured] = [await linesOf("runtime"), await linesOf("captured")];
  const hostile = captured.filter((line) => line.startsWith("hostile: "));
  assertEquals(captured.filter((line) => !line.startsWith("hostile: ")), printed);
  assertEquals(hostile, Array(3).fill("hostile: string"));
});

Deno.test("A task finds no group, count or timer of the one before it, and without a task nothing is printed", () => {
  const own = { ...console };
  try {
    const lines: string[] = [];
    const taskOf = (name: string) => ({
      log: (level: string, values: readonly unknown[]) => void lines.push(`${name} ${level}: ${values.join(" ")}`),
    });
    let current: ReturnType<typeof taskOf> | undefined = taskOf("one");
    captureConsole(() => current);
    console.group("opened");
    console.count();
    console.error("inside");
    current = taskOf("two");
    console.count();
    console.timeEnd();
    current = undefined;
    console.log("nobody");
    console.group();
    console.count();
    assertEquals(lines, [
      "one info: opened",
      "one info:   default: 1",
      "one error:   inside",
      "two info: default: 1",
      "two warning: Timer 'default' does not exist",
    ]);
  } finally {
    Object.assign(console, own);
  }
});
