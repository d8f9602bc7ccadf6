import { assertEquals } from "@std/assert";
import { notify } from "../../core/notify.ts";

Deno.test("E4: notify() calls a callback as a method of its options, and passes over one that is not there", () => {
  const seen: unknown[] = [];
  const options = {
    name: "mine",
    onLog(level: string, text: string) {
      seen.push([this.name, level, text]);
    },
  };
  notify(options, "onLog", "info", "text");
  notify<{ onLog?(text: string): void }, "onLog">({}, "onLog", "text");
  notify({ onLog: null as unknown as (text: string) => void }, "onLog", "text");
  assertEquals(seen, [["mine", "info", "text"]]);
});

Deno.test("E4: notify() warns of a callback that throws, rejects, or cannot be had, and never throws", async () => {
  const warnings: unknown[][] = [];
  const { warn } = console;
  console.warn = (...values: unknown[]) => void warnings.push(values);
  const error = new RangeError("the callback's own");
  const fail = () => {
    throw error;
  };
  try {
    notify({ onLog: fail }, "onLog");
    notify({ onLog: () => Promise.reject(error) }, "onLog");
    notify({
      get onLog(): () => void {
        throw error;
      },
    }, "onLog");
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings, Array(3).fill(["The callback onLog failed, which changes nothing else:", error]));
});
