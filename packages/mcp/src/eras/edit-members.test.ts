import { describe, expect, it } from "vitest";
import { replaceRanges } from "../envelope/build-message.js";
import { createRandom, randomJson, randomString, space } from "../test-support/random-json.js";
import { addMembers, removalEdits } from "./edit-members.js";

function add(raw: string, members: Record<string, unknown>): string {
  return addMembers(Buffer.from(raw), members).toString();
}

describe("addMembers", () => {
  it.each([
    ["{}", '{"a":1,"b":"x"}'],
    ["{ }", '{"a":1,"b":"x" }'],
    [' { "c" : 1.0 }', ' {"a":1,"b":"x", "c" : 1.0 }'],
    ['{"a":null}', '{"b":"x","a":null}'],
    ['{"\\u0061":2,"b":{}}', '{"\\u0061":2,"b":{}}'],
    ['{"c":{"a":1,"b":2}}', '{"a":1,"b":"x","c":{"a":1,"b":2}}'],
  ])("puts what is missing into %s", (raw, expected) => {
    expect(add(raw, { a: 1, b: "x" })).toBe(expected);
  });

  it("leaves alone what is no object, and what has everything", () => {
    for (const raw of ["[]", '"{}"', "null", "1", '{"a":0}', '{"a":']) {
      const bytes = Buffer.from(raw);
      expect(addMembers(bytes, { a: 1 })).toBe(bytes);
    }
  });
});

describe("removalEdits", () => {
  it("takes out any choice of members and leaves the others byte for byte", () => {
    const random = createRandom(7);
    for (let round = 0; round < 500; round += 1) {
      const count = random.below(6);
      const members = Array.from({ length: count }, (_, index) => ({
        text: `${randomString(random)}${space(random)}:${space(random)}${randomJson(random)}`,
        isUnwanted: random.below(2) === 0,
        index,
      }));
      const raw = Buffer.from(`{${members.map(({ text }) => text).join(",")}}`);
      let seen = -1;
      const found = removalEdits(raw, { start: 0, end: raw.length }, () => {
        seen += 1;
        return members[seen]?.isUnwanted ?? false;
      });
      const kept = members.filter(({ isUnwanted }) => !isUnwanted);
      expect(replaceRanges(raw, found?.edits ?? []).toString()).toBe(
        `{${kept.map((m) => m.text).join(",")}}`,
      );
      expect(found?.isEmptied).toBe(count > 0 && kept.length === 0);
    }
  });
});
