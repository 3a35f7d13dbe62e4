import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeLocalPlace } from "./local-place.js";

test("a local executor waits on a socket that its command line names", async () => {
  const place = await makeLocalPlace("linux");
  const { url } = place.targetOf("Listening on something else");
  expect(place.flags).toEqual(["--listen", url]);
  expect(url).toBe(`unix://${join(place.folder, "x.sock")}`);
  expect(place.env).toEqual({});
  await place.remove();
  expect(existsSync(place.folder)).toBe(false);
});

test("on Windows it waits on a port that it tells, with a token that is on no command line", async () => {
  const place = await makeLocalPlace("win32");
  const { url, token = "" } = place.targetOf("Listening on grpc://127.0.0.1:50123");
  expect(url).toBe("grpc://127.0.0.1:50123");
  expect(token).toMatch(/^\S{40,}$/);
  expect(Object.values(place.env)).toEqual([token]);
  expect(place.flags.join(" ")).not.toContain(token);
  expect(() => place.targetOf("Listening")).toThrow(expect.objectContaining({ code: "protocol" }));
  await place.remove();
  expect(existsSync(place.folder)).toBe(false);
});
