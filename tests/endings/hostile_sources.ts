/** Iterators that `for await` takes, and that behave as badly as an iterator may. */

/** What `return()` may do. */
export const RETURNS: Readonly<Record<string, unknown>> = {
  "has no return()": undefined,
  "has a return() that is no function": 5,
  "has a return() that gives no promise": () => ({ done: true, value: undefined }),
  "has a return() that gives nothing": () => {},
  "has a return() that throws": () => {
    throw new Error("thrown by return()");
  },
  "has a return() that rejects": () => Promise.reject(new Error("rejected by return()")),
  "has a return() that never settles": () => new Promise(() => {}),
};

/** Items, behind which it waits for ever, fails or ends; with a `return()` of one's own. */
export function hostile<Item>(
  items: readonly Item[],
  { behind = "wait", ret }: { behind?: "wait" | "end" | "throw" | "reject" | "nonsense"; ret?: unknown } = {},
): AsyncIterable<Item> {
  const left = [...items];
  const next = () => {
    if (left.length > 0) return Promise.resolve({ done: false, value: left.shift() });
    if (behind === "end") return { done: true, value: undefined };
    if (behind === "throw") throw new RangeError("the source is broken");
    if (behind === "reject") return Promise.reject(new RangeError("the source is broken"));
    return behind === "nonsense" ? 5 : new Promise(() => {});
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: ret }) as unknown as AsyncIterator<Item> };
}
