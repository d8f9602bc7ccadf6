/**
 * Connections that have not proved themselves, and who of them goes when another comes and there is no room:
 *
 * 1. one of the address that holds most places, so strangers of one address cannot use up the places of others;
 * 2. of those one that has not said who it is, before one that has: an honest client says it at once;
 * 3. of those the oldest: an honest client is through in milliseconds.
 *
 * Nobody goes whose handshake is dear and under way for somebody who holds as many places: whoever comes is refused
 * then, which costs nothing. Else a crowd of clients under TLS would keep the server busy with handshakes that it
 * throws away.
 *
 * On one machine, and at a unix socket, all share an address; there 2 and 3 decide.
 *
 * @module
 */

/** One of them. */
export interface Waiting {
  /** Whose places it takes, see {@linkcode placesOf}. */
  readonly host: string;
  /** It has sent a hello. */
  hasSpoken: boolean;
  /** Much was done for it, a moment ago. */
  readonly isUnderWay: boolean;
}

/** The connections, oldest first. */
export class Newcomers<Entry extends Waiting> {
  #max: number;
  #entries = new Set<Entry>();
  #counts = new Map<string, number>();

  /** Room for `max`. */
  constructor(max: number) {
    this.#max = max;
  }

  /** In the order of coming. */
  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values();
  }

  /** Adds one; who has to go for it, it may be itself, is no longer here. */
  add(entry: Entry): Entry | null {
    const gone = this.#entries.size >= this.#max ? this.#roomFor(entry) : null;
    if (gone === entry) return entry;
    this.#entries.add(entry);
    this.#counts.set(entry.host, (this.#counts.get(entry.host) ?? 0) + 1);
    return gone;
  }

  /** Takes out the one that goes first; null when there is none. */
  evict(): Entry | null {
    const first = this.#first();
    if (first !== null) this.delete(first);
    return first;
  }

  /** Takes one out; does nothing when it is not here. */
  delete(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    const left = this.#counts.get(entry.host)! - 1;
    if (left === 0) this.#counts.delete(entry.host);
    else this.#counts.set(entry.host, left);
  }

  #roomFor(entry: Entry): Entry | null {
    const first = this.#first();
    const places = this.#counts.get(entry.host) ?? 0;
    if (first === null || (first.isUnderWay && this.#counts.get(first.host)! <= places + 1)) return entry;
    this.delete(first);
    return first;
  }

  #first(): Entry | null {
    let first: Entry | null = null;
    for (const entry of this.#entries) if (first === null || this.#goesBefore(entry, first)) first = entry;
    return first;
  }

  #goesBefore(entry: Entry, other: Entry): boolean {
    const more = this.#counts.get(entry.host)! - this.#counts.get(other.host)!;
    return more > 0 || (more === 0 && rank(entry) < rank(other));
  }
}

function rank({ isUnderWay, hasSpoken }: Waiting): number {
  return isUnderWay ? 2 : hasSpoken ? 1 : 0;
}

/** Whose places a peer takes: a network of IPv6 is as easy to have as one address of IPv4. */
export function placesOf(hostname: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(hostname);
  if (mapped !== null) return mapped[1];
  if (!hostname.includes(":")) return hostname;
  const [head, tail] = hostname.split("%")[0].split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const behind = tail === "" ? [] : tail.split(":");
    while (groups.length + behind.length < 8) groups.push("0");
    groups.push(...behind);
  }
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":").toLowerCase() + "::/64";
}
