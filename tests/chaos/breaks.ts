/**
 * Ways to break what keeps tasks, in one place each: the checker has to find every one of them. A server gets the broken
 * module by its import map.
 *
 * @module
 */

/** One change of one module. */
export interface Break {
  readonly about: string;
  readonly file: string;
  readonly was: string;
  readonly is: string;
}

/** By their names. */
export const BREAKS: Readonly<Record<string, Break>> = {
  "no-fsync": {
    about: "What is acknowledged is written later, as what no fsync has followed is lost with the power",
    file: "store/sqlite/worker_core.ts",
    was: `this.#send(["done", number, file.commit(unpackBatch(request[2]))], []);`,
    is: `{
      const held = ((globalThis as unknown as { held?: unknown[] }).held ??= []) as typeof request[2][];
      held.push(request[2]);
      if (held.length > 8) for (const batch of held.splice(0)) file.commit(unpackBatch(batch));
      this.#send(["done", number, "written"], []);
    }`,
  },
  "early-acknowledgement": {
    about: "A submission is acknowledged before it is written",
    file: "store/sqlite/journal.ts",
    was: "this.#gathering.submitters.push({ resolve, reject });",
    is: "this.#gathering.submitters.push({ resolve, reject }); resolve();",
  },
  "no-fence": {
    about: "Nothing is written of attempts, so that the next server begins anew",
    file: "store/sqlite/disk_runs.ts",
    was: "this.#fresh.set(id, about);",
    is: "void [id, about];",
  },
  "unwritten-end": {
    about: "That a task is over is not written",
    file: "store/sqlite/store.ts",
    was: "this.#disk.delete(task.id);",
    is: "",
  },
  "twice-due": {
    about: "How far a schedule has come is written the first time alone",
    file: "store/sqlite/disk_schedules.ts",
    was: "this.#fresh.set(id, value);",
    is: `const seen = ((globalThis as unknown as { seen?: Set<string> }).seen ??= new Set());
    if (id === "paused" || !seen.has(id)) this.#fresh.set(id, value);
    seen.add(id);`,
  },
  "lost-result": {
    about: "How a task has ended is not written, and that it has is",
    file: "store/sqlite/disk_results.ts",
    was: `this.#write(["result", idBytes(result.id), id, aboutResult(result, own), result.payload.slice()]);`,
    is: "void [id, aboutResult, own];",
  },
  "lost-letter": {
    about: "A task that has failed is not kept to be run again",
    file: "store/sqlite/disk_letters.ts",
    was:
      `journal.tell(["letter", idBytes(id), profiles.use(profile), about, payload.slice(), [block.id, start, length]]);`,
    is: "void [journal, profiles, profile, about, start];",
  },
  "unwritten-retry": {
    about: "That a failed task is in line again is not written",
    file: "store/sqlite/disk_letters.ts",
    was: `journal.tell(["revived", idBytes(id), kept.id, kept.profile, own, kept.numbers]);`,
    is: "void own;",
  },
  "unwritten-discard": {
    about: "That a failed task was dropped is not written",
    file: "store/sqlite/disk_letters.ts",
    was: `this.#params.journal.tell(["letterGone", idBytes(id)]);`,
    is: "void id;",
  },
  "unwritten-pause": {
    about: "That the server is paused is not written",
    file: "server/pause_switch.ts",
    was: "store.keepSchedule(PLACE, encode(pausing.since));",
    is: "void encode;",
  },
  "unwritten-resume": {
    about: "That the server is resumed is not written",
    file: "server/pause_switch.ts",
    was: "store.keepSchedule(PLACE, null);",
    is: "",
  },
  "leaking-pause": {
    about: "A server that is paused starts what waits all the same",
    file: "engine/pausing.ts",
    was: "this.#params.queue.pause((item) => this.#comesFromRunning(item));",
    is: "",
  },
};

/** The text of a module with the break in it, its imports leading to where the module is for real. */
export function broken({ file, was, is }: Break, root: URL): string {
  const url = new URL(file, root);
  const text = Deno.readTextFileSync(url);
  const [before, after, ...more] = text.split(was);
  if (after === undefined || more.length > 0) throw new Error(`Cannot break ${file}: "${was}" is not there once`);
  return `${before}${is}${after}`.replace(/from "(\.[^"]+)"/g, (_, path) => `from "${new URL(path, url).href}"`);
}
