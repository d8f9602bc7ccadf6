/**
 * Why a module cannot be loaded, in two texts: the whole reason, which may quote the file, and a brief one for callers
 * who need not be able to read it. The brief one says where, and of the reason only what is known to quote nothing.
 * `deno` gives its reason in words only: this file alone reads them.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { withoutCredentials } from "../core/url_credentials.ts";
import { parentOf } from "./paths.ts";

/** What Deno says that names modules and hosts, and nothing else of a file. */
const NAMES_ONLY = [
  /^Failed deserializing config file '[^']*'/,
  /^Module not found "[^"]*"/,
  /^Import '[^']*' failed/,
  /^Import "[^"]*" is not in the node_modules of its project; [^\n]*/,
  /^Import of "[^"]*" leads out of the project [^\n]*/,
  /^Import "[^"]*" not a dependency/,
  /^Requires import access to "[^"]*"/,
  /^Failed loading https?:\S+ for package "[^"]*"/,
  /^npm package '[^']*' does not exist/,
  /^Could not find npm package '[^']*' matching '[^']*'/,
  /^JSR package manifest for '[^']*' failed to load/,
  /^Could not find version of '[^']*' that matches specified version constraint '[^']*'/,
  /^Lock file [^\n]*/,
  /^Files that CommonJS modules require are [^\n]*/,
];

/** Quoted lines begin with their number: none can pass for this. */
const PLACE = /^ *at (\S+:\d+:\d+)$/m;

/** A module, or what it imports, cannot be loaded. */
export class LoadFailure extends TaskError {
  /** The message for those who may not see the file. */
  readonly brief: string;

  /** The reason is what Deno says. */
  constructor(module: string, reason: string, code: "MODULE_NOT_FOUND" | "MODULE_LOAD_FAILED" = "MODULE_LOAD_FAILED") {
    const whole = withoutCredentials(reason.replace(/^error: /, ""));
    super(code, `Cannot load ${module}: ${whole}`);
    this.brief = `Cannot load ${module}: ${briefly(whole)}`;
  }

  /** The error with the code that the reason means. */
  static of(module: string, reason: string): LoadFailure {
    // Below stands where what is missing is imported, which may be in the module.
    const isMissing = reason.split("\n").some((line) => /not found/i.test(line) && line.includes(module));
    return new LoadFailure(module, reason, isMissing ? "MODULE_NOT_FOUND" : "MODULE_LOAD_FAILED");
  }

  /** The error of a fetch, in other words where what it says is about a lock file: Deno was given a copy of it. */
  static ofLock(error: unknown, module: string, lock: string): unknown {
    const says = error instanceof LoadFailure ? error.message : "";
    const folder = parentOf(lock);
    const mend = `"deno install --frozen=false" in ${folder} on the server's machine`;
    if (/: The lockfile is out of date/.test(says)) {
      return new LoadFailure(module, `Lock file ${lock} is frozen and lacks some of what it imports; run ${mend}`);
    }
    if (/: Failed reading lockfile/.test(says)) {
      return new LoadFailure(module, `Lock file ${lock} is none that Deno can read; remove it, and run ${mend}`);
    }
    const mismatch = /(?:checksum did not match|Integrity check failed)[^\n]*?((?:@[\w.-]+\/)?[\w.-]+@[\w.+-]+\w)/.exec(
      says,
    );
    if (mismatch === null) return error;
    return new LoadFailure(
      module,
      `Lock file ${lock} locks another ${mismatch[1]} than there is; if that is wrong, ${mend}`,
    );
  }

  /** The error for a caller: whole where it may see the file. */
  for(mayQuote: boolean): TaskError {
    return new TaskError(this.code, mayQuote ? this.message : this.brief);
  }
}

/** What of a reason may be told to anybody. */
function briefly(reason: string): string {
  const place = PLACE.exec(reason)?.[1];
  const at = place === undefined ? "" : ` at ${place}`;
  for (const pattern of NAMES_ONLY) {
    const found = pattern.exec(reason)?.[0];
    if (found !== undefined) return `${found}${at}`;
  }
  if (/SyntaxError/.test(reason)) return `its source cannot be parsed${at}`;
  return `it cannot be loaded${at || ", or its project's configuration cannot be used"}`;
}
