/**
 * Arguments of programs that are as long as they have to be, in as many as the system takes.
 *
 * @module
 */

/** Linux takes 128 KiB in one argument, with what stands before and its end. */
const MAX_BYTES = 127 * 1024;

/** What is to be said of all items, in as few arguments as that takes: each says it of some of them. */
export function inArguments<Item>(
  items: readonly Item[],
  argumentOf: (some: readonly Item[]) => string,
  maxBytes: number = MAX_BYTES,
): string[] {
  const all: string[] = [];
  for (let from = 0, count = items.length; from < items.length;) {
    const argument = argumentOf(items.slice(from, from + count));
    if (count > 1 && !fits(argument, maxBytes)) {
      count = count >> 1;
      continue;
    }
    all.push(argument);
    from += count;
  }
  return all;
}

/** A flag with a list, as often as that takes: Deno adds up what they say. */
export function listFlags(flag: string): string[] {
  if (fits(flag, MAX_BYTES)) return [flag];
  const at = flag.indexOf("=") + 1;
  return inArguments(flag.slice(at).split(","), (some) => flag.slice(0, at) + some.join());
}

function fits(argument: string, maxBytes: number): boolean {
  // A sign has three bytes at most.
  return argument.length * 3 <= maxBytes || new TextEncoder().encode(argument).length <= maxBytes;
}
