/** How large a buffer may stay allocated between messages; one huge message must not cost its memory for ever. */
const KEEP_BYTES = 1 << 20;

const DEFAULT_BYTES = 1024;

/** Room that is asked for ahead, for the worst case of a text, and may not be used. */
const SET_ASIDE = 1 << 18;

/** More was to be written than the limit allows; a caller that set one says it in its own words. */
export class TooLarge extends Error {
  /** `unit` is what was limited. */
  constructor(readonly unit: "bytes" | "items", readonly limit: number) {
    super(`it has more than ${limit} ${unit}`);
  }
}

/** A growable buffer: frames are built in place, length first, then patched. */
export class ByteBuffer {
  // Protected rather than private: an encoder's inner loops work on the bytes directly. All three belong together and
  // are replaced by grow(), so they must be read again after anything that can make room.
  protected bytes: Uint8Array<ArrayBuffer>;
  protected data: DataView<ArrayBuffer>;
  protected end = 0;
  /** It does not grow much beyond; that it holds no more is for whoever sets this to see. */
  protected mostBytes = Infinity;
  readonly #initialBytes: number;

  /** An empty buffer that starts with room for `initialBytes` bytes. */
  constructor(initialBytes = DEFAULT_BYTES) {
    this.#initialBytes = initialBytes;
    this.bytes = new Uint8Array(initialBytes);
    this.data = new DataView(this.bytes.buffer);
  }

  /** How many bytes are written so far. */
  get length(): number {
    return this.end;
  }

  /** Leaves `n` bytes for later, such as a frame's length, and returns their offset. They are zero until patched. */
  reserve(n: number): number {
    this.room(n);
    const offset = this.end;
    this.end += n;
    this.bytes.fill(0, offset, this.end);
    return offset;
  }

  /**
   * Writes a big-endian 32-bit number over bytes that are already there.
   *
   * @throws {RangeError} if the four bytes were not written or reserved before
   */
  patchUint32(offset: number, value: number): void {
    if (!(offset >= 0 && offset + 4 <= this.end)) {
      throw new RangeError(`Cannot patch at ${offset} as only ${this.end} bytes are written`);
    }
    this.data.setUint32(offset, value);
  }

  /**
   * Forgets everything after the first `length` bytes.
   *
   * @throws {RangeError} if there are not as many
   */
  truncate(length: number): void {
    if (!(length >= 0 && length <= this.end)) {
      throw new RangeError(`Cannot truncate to ${length} bytes as ${this.end} are written`);
    }
    this.end = length;
  }

  /** What was written, without a copy; valid until the next write, `take()` or `clear()`. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.end);
  }

  /** What was written, for the caller to keep; the buffer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    // A buffer that clear() drops anyway is handed over as it is, unless most of it would be dead weight.
    const handOver = this.bytes.length > KEEP_BYTES && this.end * 2 > this.bytes.length;
    const taken = handOver ? this.view() : this.bytes.slice(0, this.end);
    this.clear();
    return taken;
  }

  /** Empties the buffer, and gives back its memory if one message made it larger than 1 MiB. */
  clear(): void {
    this.end = 0;
    if (this.bytes.length > KEEP_BYTES) this.#replace(new Uint8Array(this.#initialBytes));
  }

  /** Makes sure that `n` more bytes fit. */
  protected room(n: number): void {
    if (this.end + n > this.bytes.length) this.#grow(this.end + n);
  }

  #grow(needed: number): void {
    if (needed > this.mostBytes + SET_ASIDE) throw new TooLarge("bytes", this.mostBytes);
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.view());
    this.#replace(larger);
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer);
  }
}
