/**
 * Kinds of values that some one option of a server has.
 *
 * @module
 */

import { OptionRangeError, OptionTypeError } from "../core/option_error.ts";
import { parsePermissions, type Permissions } from "../core/permissions.ts";
import { showValue } from "../core/show_value.ts";
import { parseAddress } from "../wire/address.ts";
import { requireGroupName } from "../client/group_entry.ts";
import type { ServerTls } from "./bind.ts";
import { folderOf } from "./module_root.ts";
import { type OptionKind, textOf } from "./option_kind.ts";

/** Where to listen. */
export const ADDRESS: OptionKind<string> = { ...textOf('"host:port", "unix:/path"', parseAddress), isList: true };

/** The name of a group. */
export const GROUP: OptionKind<string> = textOf('letters a to z, digits, ".", "_", "-"', requireGroupName);

/** The path of a file or a folder, from the current folder on. */
export const PATH: OptionKind<string> = {
  values: "path",
  parse(option, value) {
    const path = textOf("path").parse(option, value);
    if (path !== "" && isPathText(path)) return path;
    throw new OptionRangeError(option, `it must be a path: current value is ${showValue(path)}`);
  },
};

/** Where tasks and results are kept. */
export const STORE: OptionKind<string> = {
  values: "path",
  parse(option, value) {
    const path = PATH.parse(option, value);
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return path;
    throw new OptionRangeError(option, `it must be the path of a file: current value is ${showValue(path)}`);
  },
};

/** A shared key; what it is, is never shown. */
export const KEY: OptionKind<string | Uint8Array> = {
  values: "text or bytes",
  parse(option, value) {
    if (typeof value === "string" || value instanceof Uint8Array) return value;
    throw new OptionTypeError(option, "it must be a string or bytes");
  },
};

/** Certificate and key. */
export const TLS: OptionKind<ServerTls> = {
  values: "`{ cert, key }`, PEM texts",
  parse(option, value) {
    const { cert, key } = (value ?? {}) as Partial<ServerTls>;
    if (typeof cert === "string" && typeof key === "string") return value as ServerTls;
    throw new OptionTypeError(option, "it must have cert and key, PEM texts");
  },
};

/** Folders by absolute path or URL. */
export const FOLDERS: OptionKind<readonly (string | URL)[]> = {
  values: "list of absolute paths and file: URLs",
  parse(option, value) {
    if (!Array.isArray(value)) throw new OptionTypeError(option, "it must be a list of folders");
    for (const folder of value) {
      const path = typeof folder === "string" || folder instanceof URL ? folderOf(folder) : null;
      if (path !== null && isPathText(path)) continue;
      const why = `each must be an absolute path or a file: URL: current value is ${showValue(folder)}`;
      throw new OptionRangeError(option, why);
    }
    return value;
  },
};

/** The most that any task may be permitted. */
export const CEILING: OptionKind<Permissions | "all"> = {
  values: '"all", `Deno.PermissionOptionsObject`',
  parse(option, value) {
    if (value === "all") return value;
    const parsed = parsePermissions(value, option);
    if (parsed === "inherit" || Object.values(parsed).includes("inherit")) {
      throw new OptionTypeError(option, 'a server has nothing to inherit: give what tasks may have, or "all"');
    }
    return value as Permissions;
  },
};

/** The system ends a path at NUL, and half a character would reach it as another. */
function isPathText(path: string): boolean {
  return !path.includes("\0") && path.isWellFormed();
}
