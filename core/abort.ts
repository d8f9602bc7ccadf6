/**
 * Hearing of an AbortSignal: the one place where anything listens to one. However many wait for a signal, it has one
 * listener, and whoever is through with it leaves nothing at it: a signal may live as long as its program.
 *
 * @module
 */

type Act = (reason: unknown) => void;

/** Those that are to hear of one signal, in the order in which they came. */
interface Hearers {
  readonly acts: Set<{ readonly act: Act }>;
  readonly listener: () => void;
}

const hearersOf = new WeakMap<AbortSignal, Hearers>();

/**
 * Calls `act` once the signal aborts; at once when it has. Gives the way to let go of the signal, which may be gone more
 * than once. What `act` throws is reported as that of a listener is, and keeps nobody else from hearing.
 */
export function onAbort(signal: AbortSignal | undefined, act: Act): () => void {
  if (signal === undefined) return nothing;
  if (signal.aborted) {
    act(signal.reason);
    return nothing;
  }
  let hearers = hearersOf.get(signal);
  if (hearers === undefined) {
    const acts: Hearers["acts"] = new Set();
    hearers = { acts, listener: () => tellAll(signal, acts) };
    hearersOf.set(signal, hearers);
    signal.addEventListener("abort", hearers.listener, { once: true });
  }
  const { acts, listener } = hearers;
  const hearer = { act };
  acts.add(hearer);
  return () => {
    if (!acts.delete(hearer) || acts.size > 0 || signal.aborted) return;
    hearersOf.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}

/**
 * Settles as the work does, or with the reason of the signal where that comes first; then `act` was called. The work
 * goes on.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, act?: Act): Promise<T> {
  return signal === undefined ? work : raceWith(work, signal, act);
}

async function raceWith<T>(work: Promise<T>, signal: AbortSignal, act?: Act): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const letGo = onAbort(signal, (reason) => {
    reject(reason);
    act?.(reason);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    letGo();
  }
}

/** Settles as the work does, which `act` ends when the signal aborts. */
export async function endedByAbort<T>(work: Promise<T>, signal: AbortSignal | undefined, act: Act): Promise<T> {
  const letGo = onAbort(signal, act);
  try {
    return await work;
  } finally {
    letGo();
  }
}

/** One that lets go of another meanwhile keeps that from hearing, as listeners do. */
function tellAll(signal: AbortSignal, acts: Hearers["acts"]): void {
  hearersOf.delete(signal);
  for (const hearer of acts) {
    acts.delete(hearer);
    try {
      hearer.act(signal.reason);
    } catch (error) {
      reportError(error);
    }
  }
}

function nothing(): void {}
