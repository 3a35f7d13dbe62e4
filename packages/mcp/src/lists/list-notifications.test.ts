import { expect, test } from "vitest";
import { listsChangedBy } from "./list-notifications.js";

test("a notification that is named as a member of every object changes no list", () => {
  expect(["constructor", "toString", "__proto__"].map(listsChangedBy)).toEqual([[], [], []]);
});
