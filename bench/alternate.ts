/**
 * Measuring things that are compared with each other.
 *
 * @module
 */

/** How often. */
export interface AlternateOptions {
  rounds: number;
  /** Rounds before, which do not count. */
  warmUps: number;
}

/**
 * Runs every work once in each round, from another one on each time, so that whatever else the machine does meets all of
 * them. Each says how many milliseconds it took.
 */
export async function alternate<Name extends string>(
  works: Record<Name, () => Promise<number>>,
  { rounds, warmUps }: AlternateOptions,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < warmUps + rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      const ms = await works[name]();
      if (round >= warmUps) times[name].push(ms);
    }
  }
  return times;
}
