/**
 * The release of this server.
 *
 * @module
 */

/** The same as in deno.json; a test holds them together, because a published module does not load its configuration. */
export const VERSION = "0.1.0";
