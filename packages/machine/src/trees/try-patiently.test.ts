import { expect, it } from "vitest";
import { tryPatiently } from "./try-patiently.js";

function failing(times: number): { readonly action: () => Promise<string>; readonly tries: () => number } {
  let tries = 0;
  const action = (): Promise<string> => {
    tries += 1;
    return tries > times ? Promise.resolve("done") : Promise.reject(new Error(`Try ${tries}`));
  };
  return { action, tries: () => tries };
}

it("does a thing once that succeeds", async () => {
  const { action, tries } = failing(0);
  expect([await tryPatiently(action, [1, 1]), tries()]).toEqual(["done", 1]);
});

it("tries again what failed, up to its last pause", async () => {
  expect(await tryPatiently(failing(2).action, [1, 1])).toBe("done");
  await expect(tryPatiently(failing(9).action, [1, 1])).rejects.toThrow("Try 3");
});
