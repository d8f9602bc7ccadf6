/**
 * What a module needs to be loaded.
 *
 * @module
 */

import type { LoadFailure } from "./load_failure.ts";
import type { OutsideImport } from "./outside_imports.ts";
import type { Origins } from "./planted_code.ts";
import type { Project } from "./project.ts";
import type { Required } from "./required_files.ts";

/** The needs of one module. */
export interface ModuleGraph extends Origins {
  /** Canonical paths of local files that may be read: those in the project, in this package, or under a module root. */
  readonly files: readonly string[];
  /** `host:port` of remote modules, JSR's included: loaded from the cache, yet checked by Deno. */
  readonly hosts: readonly string[];
  /** Whether anything in it comes from npm. */
  readonly usesNpm: boolean;
  /** Whether what its TypeScript is compiled to is in the server's cache. */
  readonly isCompiled: boolean;
  /** Whether it has modules of this package that the process itself needs too. */
  readonly sharesModules: boolean;
  /** Why the module cannot be loaded for now, where something that it imports is not there. */
  readonly missing: LoadFailure | null;
  /** What it imports from outside of the project, which loads only where the task may read there. */
  readonly outside: readonly OutsideImport[];
  /** What CommonJS modules of the project call `require()` for. */
  readonly required: readonly Required[];
  /** Without the text of its lock file; null for a remote module. */
  readonly project: Project | null;
  /** Lock file arguments that fit. */
  readonly lock: readonly string[];
}
