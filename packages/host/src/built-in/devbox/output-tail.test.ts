import { expect, test } from "vitest";
import { OutputTail } from "./output-tail.js";

test("output is taken once, in the order in which it came", () => {
  const tail = new OutputTail();
  tail.push("stdout", Buffer.from("a"));
  tail.push("stderr", Buffer.from("b"));
  tail.push("stdout", Buffer.from("c"));
  expect(tail.take(100)).toEqual({ text: "abc", omittedCount: 0 });
  expect(tail.take(100)).toEqual({ text: "", omittedCount: 0 });
});

test("a character that comes in two pieces is whole, whatever the other output says in between", () => {
  const tail = new OutputTail();
  const bytes = Buffer.from("ü");
  tail.push("stdout", bytes.subarray(0, 1));
  tail.push("stderr", Buffer.from("x"));
  tail.push("stdout", bytes.subarray(1));
  expect(tail.take(100).text).toBe("xü");
});

test("of too much for one answer the beginning and the end are given", () => {
  const tail = new OutputTail();
  tail.push("stdout", Buffer.from("0123456789".repeat(10)));
  expect(tail.take(10)).toEqual({ text: "01234\n[… 90 characters left out …]\n56789", omittedCount: 90 });
});

test("of too much to be kept the end is, and no character is counted twice", () => {
  const tail = new OutputTail(100);
  for (let index = 0; index < 1_000; index += 1) tail.push("stdout", Buffer.from(String(index % 10)));
  const { text, omittedCount } = tail.take(1_000);
  const kept = text.split("]\n")[1] ?? "";
  expect(kept).toMatch(/^\d+9$/);
  expect(kept.length + omittedCount).toBe(1_000);
  expect(kept.length).toBeLessThanOrEqual(200);
});

test("what was dropped and what does not fit are told together", () => {
  const tail = new OutputTail(10);
  tail.push("stdout", Buffer.from("a".repeat(30)));
  tail.push("stdout", Buffer.from("b".repeat(5)));
  const { text, omittedCount } = tail.take(4);
  expect(text).toBe("\n[… 31 characters left out …]\nbbbb");
  expect(omittedCount).toBe(31);
});
