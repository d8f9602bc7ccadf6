/**
 * What both sides of the pushes `kind` and `runs` keep to. Apart from the messages: no task's process needs it.
 *
 * @module
 */

/** Kinds of runs that a client may have at a time. */
export const MAX_KINDS = 64;

/** Characters of a kind's source; a longer one is submitted by a call. */
export const MAX_KIND_SOURCE_CHARS = 64 * 1024;
