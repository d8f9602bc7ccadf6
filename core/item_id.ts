/**
 * Ids of the items of a map: a group has a UUID, and its items have the same but for the last eight digits, which are
 * the item's number. So the id of an item is known without being told, and its group and number are known from its id.
 *
 * They are UUIDs of version 8, which no other task may have: what is an item to one side is nobody else's task.
 *
 * @module
 */

/** Digits that all items of a group have in common. */
const PREFIX_CHARS = 28;

/** No item has as high a number; the id of a group has a higher one, so that none of its items has its id. */
const GROUP_NUMBER = 0xf0000000;

/** Most items of a group. */
export const MAX_ITEMS = 0x10000000;

/** Where a UUID has its version. */
const VERSION_AT = 14;
const VERSION = "8";

/** The id of a group, made of a UUID. */
export function groupIdOf(uuid: string): string {
  const [before, after] = [uuid.slice(0, VERSION_AT), uuid.slice(VERSION_AT + 1, PREFIX_CHARS)];
  return `${before}${VERSION}${after}f${uuid.slice(PREFIX_CHARS + 1)}`;
}

/** True for a UUID that is that of a group with items, or of an item. */
export function isOfGroup(id: string): boolean {
  return id[VERSION_AT] === VERSION;
}

/** True for a UUID that is that of a group with items. */
export function isGroupId(id: string): boolean {
  return isOfGroup(id) && numberOf(id) >= GROUP_NUMBER;
}

/** What a group and its items have in common. */
export function prefixOf(id: string): string {
  return id.slice(0, PREFIX_CHARS);
}

/** The number of an item, by its id. */
export function numberOf(id: string): number {
  return parseInt(id.slice(PREFIX_CHARS), 16);
}

/** The id of an item. */
export function itemId(prefix: string, number: number): string {
  return prefix + number.toString(16).padStart(8, "0");
}
