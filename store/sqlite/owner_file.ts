/**
 * Who has a store open. What keeps a second server away is SQLite's lock on the file, which the system takes back however
 * the process ends; this file only says who it is. Nothing here opens the store's file itself: closing it would give up
 * the lock of the whole process.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";

/** Beside the store's file. */
export class OwnerFile {
  readonly path: string;

  constructor(storePath: string) {
    this.path = `${storePath}-owner`;
  }

  /** This process has the lock. */
  write(): void {
    Deno.writeTextFileSync(this.path, `${Deno.pid}\n`, { mode: 0o600 });
  }

  /** It gives the lock up next. */
  remove(): void {
    try {
      Deno.removeSync(this.path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** The refusal for whoever does not get the lock. */
  inUse(storePath: string, cause: unknown): TaskError {
    const pid = this.#pid();
    const who = pid === null ? "another program" : `the server with process id ${pid}`;
    return new TaskError(
      "STORE_IN_USE",
      `Cannot use ${storePath} as a store: ${who} has it open; stop that, or use another file`,
      {
        cause,
      },
    );
  }

  #pid(): number | null {
    try {
      const pid = Number(Deno.readTextFileSync(this.path));
      return Number.isInteger(pid) && pid > 0 ? pid : null;
    } catch {
      return null;
    }
  }
}
