/** The elements that a list has, and the names that are no element's: "-1" and "0.5" are numbers, and no indexes. */

/** Whether some index below the length is missing, which is not the same as being undefined. */
export function hasHoles(array: readonly unknown[]): boolean {
  // includes() takes holes for undefined and is fast, but a call costs more than looking at a few elements.
  if (array.length > 16 && !array.includes(undefined)) return false;
  for (let i = 0; i < array.length; i++) {
    if (array[i] === undefined && !Object.hasOwn(array, i)) return true;
  }
  return false;
}

/** The indexes that an array has, ascending. Its time depends on how many there are, not on the length. */
export function indexesOf(array: readonly unknown[]): number[] {
  const indexes: number[] = [];
  // Index keys come first and in order; whatever follows is not an element.
  for (const key of Object.keys(array)) {
    if (!isIndex(key)) break;
    indexes.push(Number(key));
  }
  return indexes;
}

/** True for the name of an element, as the platform writes it. */
export function isIndex(key: string): boolean {
  const index = Number(key);
  return index < 2 ** 32 - 1 && String(index >>> 0) === key;
}
