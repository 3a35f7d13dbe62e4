/** What an HTTP/2 client says first. */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Frame types of RFC 9113, section 6. */
export const frameTypes = { data: 0, headers: 1, settings: 4, ping: 6 } as const;

/** An HTTP/2 frame of stream 1. */
export function frame(type: keyof typeof frameTypes, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(frameTypes[type], 3);
  header.writeUInt32BE(1, 5);
  return Buffer.concat([header, payload]);
}
