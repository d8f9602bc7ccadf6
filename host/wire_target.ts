/**
 * A task's target in the form in which a worker is told of it.
 *
 * @module
 */

import type { Target } from "../core/profile.ts";
import type { WireTarget } from "../wire/message.ts";

/** See `parseTarget` in requests.ts for the way back. */
export function toWireTarget(target: Target): WireTarget {
  switch (target.kind) {
    case "export":
      return ["export", target.module, target.name];
    case "procedure":
      return ["procedure", target.module, target.name, target.within];
    case "source":
      return ["source", target.text, target.name];
  }
}
