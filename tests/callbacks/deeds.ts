/** What a callback may do that a user gave, and how that is told. */
import { assertEquals } from "@std/assert";

/** A callback's own business, by name. */
export const DEEDS: Record<string, () => unknown> = {
  "throws": () => {
    throw new RangeError("the callback's own");
  },
  "rejects": () => Promise.reject(new RangeError("the callback's own")),
  "throws what cannot be shown": () => {
    throw new Proxy({}, {
      get() {
        throw new Error("no");
      },
    });
  },
  "never settles": () => new Promise(() => {}),
};

/** Runs with the console's warnings caught; gives them. */
export async function warningsOf(work: () => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (message: string) => void warnings.push(message);
  try {
    await work();
    // A rejection is told in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    console.warn = warn;
  }
  return warnings;
}

/** Whatever it raised is on the console, under its name, and nothing else is. */
export function assertTold(warnings: readonly string[], name: string, deed: string): void {
  const expected = deed === "never settles" ? [] : [true];
  assertEquals([...new Set(warnings.map((text) => text.startsWith(`The callback ${name} failed`)))], expected, deed);
}
