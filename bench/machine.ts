/**
 * What the figures were measured on.
 *
 * @module
 */

/** One line: processor, memory, system, Deno, day, and how busy it was before. */
export function describeMachine(loadBefore: number): string {
  const { total } = Deno.systemMemoryInfo();
  return [
    `${processor()}, ${navigator.hardwareConcurrency} cores`,
    `${(total / 2 ** 30).toFixed(1)} GiB`,
    `${system()} on ${Deno.build.arch}`,
    `Deno ${Deno.version.deno}`,
    new Date().toISOString().slice(0, 10),
    `load ${loadBefore.toFixed(1)} before the run`,
  ].join(", ");
}

function processor(): string {
  return field("/proc/cpuinfo", /^model name\s*: (.*)$/m) ?? "unknown processor";
}

function system(): string {
  return field("/etc/os-release", /^PRETTY_NAME="?([^"\n]*)"?$/m) ?? `${Deno.build.os} ${Deno.osRelease()}`;
}

function field(path: string, pattern: RegExp): string | undefined {
  try {
    return pattern.exec(Deno.readTextFileSync(path))?.[1];
  } catch {
    // Other systems tell it elsewhere.
    return undefined;
  }
}
