const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
const headerBytes = 9;
const dataType = 0;

/**
 * Knows where in HTTP/2's sequence of frames one direction of a connection stands. It understands lengths and types,
 * nothing else, and takes a client that does not begin with the preface for something else altogether.
 */
export class FrameTracker {
  readonly #header = Buffer.alloc(headerBytes);
  #prefaceBytes: number;
  #headerFill = 0;
  #type = -1;
  #payloadLeft = 0;
  #opaque = false;

  /** @param from a client says the preface first, a server begins with a frame */
  constructor(from: "client" | "server") {
    this.#prefaceBytes = from === "client" ? 0 : preface.length;
  }

  /** Whether the preface was seen; a server has none to show. */
  get isHttp2(): boolean {
    return !this.#opaque && this.#prefaceBytes === preface.length;
  }

  /** Whether a frame has begun and not ended. */
  get insideFrame(): boolean {
    return this.isHttp2 && (this.#headerFill > 0 || this.#payloadLeft > 0);
  }

  /** Passes bytes. @returns how many of them are payload of DATA frames */
  advance(bytes: Buffer): number {
    let dataBytes = 0;
    for (let at = 0; at < bytes.length; ) {
      const isData = this.#insideData;
      const taken = this.#step(bytes, at);
      if (isData) dataBytes += taken;
      at += taken;
    }
    return dataBytes;
  }

  /** How many payload bytes of DATA frames come next, without passing them. */
  countData(pieces: readonly Buffer[]): number {
    const ahead = this.#clone();
    return pieces.reduce((sum, piece) => sum + ahead.advance(piece), 0);
  }

  /** Where to cut the bytes that come next so that they end inside a DATA frame's payload; undefined if they cannot. */
  placeInsideData(bytes: Buffer): number | undefined {
    const ahead = this.#clone();
    for (let at = 0; at < bytes.length; at += ahead.#step(bytes, at)) {
      if (!ahead.#insideData) continue;
      const half = Math.min(Math.ceil(ahead.#payloadLeft / 2), bytes.length - at);
      if (half < ahead.#payloadLeft) return at + half;
    }
    return undefined;
  }

  get #insideData(): boolean {
    return !this.#opaque && this.#type === dataType && this.#payloadLeft > 0;
  }

  #clone(): FrameTracker {
    const clone = new FrameTracker("server");
    this.#header.copy(clone.#header);
    clone.#prefaceBytes = this.#prefaceBytes;
    clone.#headerFill = this.#headerFill;
    clone.#type = this.#type;
    clone.#payloadLeft = this.#payloadLeft;
    clone.#opaque = this.#opaque;
    return clone;
  }

  /** Passes the bytes from `at` on that belong together. @returns how many */
  #step(bytes: Buffer, at: number): number {
    const leftBytes = bytes.length - at;
    if (this.#opaque) return leftBytes;
    if (this.#prefaceBytes < preface.length) {
      const taken = Math.min(preface.length - this.#prefaceBytes, leftBytes);
      const expected = preface.subarray(this.#prefaceBytes, this.#prefaceBytes + taken);
      this.#opaque = !expected.equals(bytes.subarray(at, at + taken));
      this.#prefaceBytes += taken;
      return taken;
    }
    if (this.#payloadLeft > 0) {
      const taken = Math.min(this.#payloadLeft, leftBytes);
      this.#payloadLeft -= taken;
      return taken;
    }
    const taken = bytes.copy(this.#header, this.#headerFill, at);
    this.#headerFill += taken;
    if (this.#headerFill === headerBytes) {
      this.#headerFill = 0;
      this.#payloadLeft = this.#header.readUIntBE(0, 3);
      this.#type = this.#header.readUInt8(3);
    }
    return taken;
  }
}
