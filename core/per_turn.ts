/**
 * What many ask for in one turn, done once.
 *
 * @module
 */

/** Gives a function that gathers items for a key; `act` is called with all of one turn, at the end of that turn. */
export function perTurn<Key extends WeakKey, Item>(
  act: (key: Key, items: Item[]) => void,
): (key: Key, items: readonly Item[]) => void {
  const gathered = new WeakMap<Key, Item[]>();
  return (key, items) => {
    let all = gathered.get(key);
    if (all === undefined) {
      gathered.set(key, all = []);
      queueMicrotask(() => {
        const given = gathered.get(key)!;
        gathered.delete(key);
        act(key, given);
      });
    }
    for (const item of items) all.push(item);
  };
}
