import { FairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { AnswerMemory } from "./answer-memory.js";

describe("a mutating call", () => {
  test("that is repeated gets the first answer and is not done twice", async () => {
    const memory = new AnswerMemory(10);
    let done = 0;
    const work = async (): Promise<number> => (done += 1);
    expect(await memory.once("op", { a: 1 }, work)).toBe(1);
    expect(await memory.once("op", { a: 1 }, work)).toBe(1);
    expect(done).toBe(1);
  });

  test("with the id of another call is refused", async () => {
    const memory = new AnswerMemory(10);
    await memory.once("op", { a: 1 }, async () => "first");
    await expect(memory.once("op", { a: 2 }, async () => "second")).rejects.toMatchObject({
      code: "already_exists",
      reason: "id_reused",
    });
  });

  test("without an id is refused", async () => {
    await expect(new AnswerMemory(1).once("", {}, async () => 1)).rejects.toMatchObject({ code: "usage" });
  });

  test("that failed without effect may be tried again, one whose effect is unknown may not", async () => {
    const memory = new AnswerMemory(10);
    let tries = 0;
    const fail = (effect: "none" | "unknown") => async (): Promise<never> => {
      tries += 1;
      throw new FairleadError("unavailable", "no luck", { effect });
    };
    await expect(memory.once("clean", {}, fail("none"))).rejects.toThrow("no luck");
    await expect(memory.once("clean", {}, fail("none"))).rejects.toThrow("no luck");
    expect(tries).toBe(2);
    await expect(memory.once("dirty", {}, fail("unknown"))).rejects.toThrow("no luck");
    await expect(memory.once("dirty", {}, fail("unknown"))).rejects.toThrow("no luck");
    expect(tries).toBe(3);
  });

  test("is forgotten once more recent ones fill the memory", async () => {
    const memory = new AnswerMemory(2);
    let done = 0;
    const work = async (): Promise<number> => (done += 1);
    for (const id of ["a", "b", "c"]) await memory.once(id, {}, work);
    expect(await memory.once("c", {}, work)).toBe(3);
    expect(await memory.once("a", {}, work)).toBe(4);
  });
});
