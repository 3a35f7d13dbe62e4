import type { HeaderFromEnv } from "@fairlead/core";
import { expect, test } from "vitest";
import { readEnvHeaders } from "./env-headers.js";

const bearer: HeaderFromEnv = { header: "Authorization", name: "TOKEN", prefix: "Bearer " };

test.each([
  ["abc", "Bearer abc"],
  ["Bearer abc", "Bearer abc"],
  ["bEARER abc", "Bearer abc"],
  ["  abc\t", "Bearer abc"],
  ["Bearer   abc", "Bearer abc"],
  ["BearerToken", "Bearer BearerToken"],
])("the value %j is sent as %j", (value, sent) => {
  expect(readEnvHeaders([bearer], { TOKEN: value })).toEqual([["Authorization", sent]]);
});

test.each([undefined, "", "   ", "Bearer", "Bearer ", "bearer  "])(
  "the blank value %j is left out",
  (value) => {
    expect(readEnvHeaders([bearer], { TOKEN: value })).toEqual([]);
  },
);

test("a required variable that is blank fails and is named", () => {
  for (const environment of [{}, { TOKEN: "" }, { TOKEN: " " }, { TOKEN: "Bearer " }]) {
    expect(() => readEnvHeaders([{ ...bearer, required: true }], environment)).toThrow(
      expect.objectContaining({
        code: "usage",
        reason: "argument_invalid",
        effect: "none",
        details: { variable: "TOKEN", header: "Authorization" },
      }),
    );
  }
});

test.each(["hunter2\n", "hunter2\r\nX-Evil: 1", "\0hunter2", "hunter2\u0007", "hunter2 \u20ac"])(
  "a value that no header can carry (%j) fails without being told",
  (value) => {
    const read = (): unknown => readEnvHeaders([bearer], { TOKEN: value });
    expect(read).toThrow(/environment variable TOKEN /);
    expect(read).not.toThrow(/hunter2/);
  },
);

test("a variable is only ever one of the environment's own", () => {
  expect(readEnvHeaders([{ header: "x", name: "constructor" }], {})).toEqual([]);
});
