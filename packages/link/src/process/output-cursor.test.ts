import { describe, expect, test } from "vitest";
import { OutputCursor } from "./output-cursor.js";

function createReader(): { cursor: OutputCursor; text: () => string } {
  let text = "";
  const cursor = new OutputCursor("stdout", (_name, chunk) => {
    text += Buffer.from(chunk).toString();
  });
  return { cursor, text: () => text };
}

describe("output of a remote process", () => {
  test("is delivered once, also where it is sent again", () => {
    const { cursor, text } = createReader();
    cursor.receive(0, Buffer.from("abc"));
    cursor.receive(1, Buffer.from("bcde"));
    cursor.receive(0, Buffer.from("ab"));
    expect(text()).toBe("abcde");
    expect(cursor.received).toBe(5);
  });

  test("with a gap is a broken contract", () => {
    const { cursor } = createReader();
    cursor.receive(0, Buffer.from("abc"));
    expect(() => cursor.receive(4, Buffer.from("e"))).toThrow(
      expect.objectContaining({ code: "protocol", reason: "frame_invalid" }),
    );
  });

  test("is acknowledged up to what was consumed, each offset once", () => {
    const { cursor } = createReader();
    cursor.receive(0, Buffer.from("abcdef"));
    expect(cursor.acknowledge()).toBeUndefined();
    cursor.consume(4);
    expect(cursor.unacknowledgedBytes).toBe(4);
    expect(cursor.acknowledge()).toBe(4);
    expect(cursor.acknowledge()).toBeUndefined();
  });

  test("cannot be consumed before it came", () => {
    const { cursor } = createReader();
    cursor.receive(0, Buffer.from("abc"));
    cursor.consume(100);
    expect(cursor.acknowledge()).toBe(3);
  });
});
