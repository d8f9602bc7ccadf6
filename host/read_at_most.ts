/**
 * Reads a stream to its end and keeps no more of it than a limit.
 *
 * @module
 */

/** The text, up to so many bytes. What comes beyond is read and dropped, and told once. */
export async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  onExcess: () => void = () => {},
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let room = maxBytes;
  for await (const chunk of stream) {
    if (room < 0) continue;
    text += decoder.decode(chunk.subarray(0, room), { stream: true });
    room -= chunk.length;
    if (room < 0) onExcess();
  }
  return text + decoder.decode();
}
