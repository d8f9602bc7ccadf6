/** What the bench of streams runs as tasks. */

/** So many small items. */
export function* items(count: number): Generator<{ id: number; name: string }> {
  for (let id = 0; id < count; id++) yield { id, name: "item" };
}

/** The same, asynchronously. */
export async function* itemsAsync(count: number): AsyncGenerator<{ id: number; name: string }> {
  for (let id = 0; id < count; id++) yield await Promise.resolve({ id, name: "item" });
}

/** The time in milliseconds since 1970. */
export function* timeOfYield(): Generator<number> {
  yield performance.timeOrigin + performance.now();
}

/** Bytes, without end. */
export function* bytesForEver(size: number): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(size);
}
