/**
 * Bytes that were read, for whoever keeps them: a copy, unless the memory that they lie in is theirs already. A frame
 * that is most of a large buffer is given away with it by `wire/frame.ts`; copying 64 MiB takes 35 ms, during which
 * nobody else is heard.
 *
 * @module
 */

/** A buffer that is larger than this is not used again after a frame that is most of it. */
export const LARGE_BUFFER_BYTES = 1024 * 1024;

/** Whether the view is most of a large buffer, so that the buffer is its own. */
export function isMostOfBuffer(view: Uint8Array): boolean {
  const { byteLength } = view.buffer;
  return byteLength > LARGE_BUFFER_BYTES && view.length * 2 > byteLength;
}

/** The bytes, to be kept. */
export function ownBytes(view: Uint8Array): Uint8Array {
  return isMostOfBuffer(view) ? view : view.slice();
}
