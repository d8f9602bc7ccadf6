/** Tasks of the kill matrix: each says in a file when it begins and when it ends. */
import { currentMessenger } from "../../mod.ts";
import type { Mark } from "./history.ts";

/** What a task is told: where to say it, and what it is called there. */
export interface Told {
  readonly marks: string;
  readonly key: string;
  readonly holds?: Mark["holds"];
}

/** Says something; a line is one write behind all others. */
export function say({ marks, key, holds }: Told, what: Mark["what"], step?: string): void {
  const { taskId: id, attempt } = currentMessenger();
  const mark: Mark = { at: Date.now(), key, id, attempt, born: performance.timeOrigin, what, step, holds };
  Deno.writeTextFileSync(marks, `${JSON.stringify(mark)}\n`, { append: true });
}

/** Takes some milliseconds. What it gives is another value in each run. */
export async function work(told: Told, ms: number): Promise<string> {
  say(told, "begin");
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  say(told, "end");
  return `${told.key} ${crypto.randomUUID()}`;
}

/** Fails in each attempt before this one. */
export function failBefore(told: Told, attempt: number): string {
  say(told, "begin");
  say(told, "end");
  return outcomeOf(told, attempt);
}

/** The same behind a step, whose value each later attempt has, also of those that somebody asks for by hand. */
export async function failBehindStep(told: Told, attempt: number): Promise<string> {
  say(told, "begin");
  await charge(told);
  say(told, "end");
  return outcomeOf(told, attempt);
}

/** Another one in each run. */
function outcomeOf({ key }: Told, attempt: number): string {
  const [now, own] = [currentMessenger().attempt, crypto.randomUUID()];
  if (now < attempt) throw new Error(`${key} fails in attempt ${now}: ${own}`);
  return `${key} ${own}`;
}

/** Has one step, whose value is recorded, and then takes some milliseconds. */
export async function step(told: Told, ms: number): Promise<string> {
  say(told, "begin");
  const value = await charge(told);
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  say(told, "end");
  return `${told.key} ${value}`;
}

async function charge(told: Told): Promise<string> {
  const value = await currentMessenger().step("charge", () => {
    say(told, "step", "charge");
    return crypto.randomUUID();
  });
  say(told, "recorded", "charge");
  return value;
}
