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
 * Runs every work once in each round, so that whatever else the machine does meets all of them. The order changes from
 * round to round, so that none always comes after the same other. Each says how many milliseconds it took.
 */
export async function alternate<Name extends string>(
  works: Record<Name, () => Promise<number>>,
  { rounds, warmUps }: AlternateOptions,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const name of orderOf(names, round)) {
      const ms = await works[name]();
      if (round >= warmUps) times[name].push(ms);
    }
  }
  return times;
}

/** From another one on each time, and backwards every other time. */
function orderOf<Name>(names: readonly Name[], round: number): Name[] {
  const first = round % names.length;
  const order = [...names.slice(first), ...names.slice(0, first)];
  return round % 2 === 0 ? order : order.reverse();
}
