/** Time of the processor, which other programs on a busy machine take nothing of. */
import process from "node:process";

/** What this process has had of it, in milliseconds: all of its threads together. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What something takes of it, in milliseconds. */
export function cpuMsOf(act: () => void): number {
  const from = cpuMs();
  act();
  return cpuMs() - from;
}
