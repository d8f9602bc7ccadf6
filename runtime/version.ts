/**
 * The release of this server.
 *
 * @module
 */

import configuration from "../deno.json" with { type: "json" };

/** As in deno.json. */
export const VERSION: string = configuration.version;
