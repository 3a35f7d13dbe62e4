import { expect, test } from "vitest";
import { chooseScopes } from "./choose-scopes.js";

const everybody = {
  given: ["g"],
  configured: ["c"],
  challenge: ["w"],
  discovered: ["d"],
};

test("whoever is closer to the person has the say", () => {
  expect(chooseScopes(everybody)).toEqual({ scopes: ["g"], source: "given", mayBeDropped: false });
  expect(chooseScopes({ ...everybody, given: undefined })).toMatchObject({
    scopes: ["c"],
    source: "configured",
  });
  const told = { challenge: ["w"], discovered: ["d"] };
  expect(chooseScopes(told)).toEqual({ scopes: ["w"], source: "challenge", mayBeDropped: true });
  expect(chooseScopes({ discovered: ["d"] })).toEqual({
    scopes: ["d"],
    source: "discovered",
    mayBeDropped: true,
  });
  expect(chooseScopes({})).toEqual({ scopes: undefined, source: "none", mayBeDropped: false });
});

test("an empty list of a person means none, of a server that it says nothing", () => {
  expect(chooseScopes({ ...everybody, given: [] })).toMatchObject({ scopes: undefined, source: "given" });
  expect(chooseScopes({ configured: [], discovered: ["d"] })).toMatchObject({
    scopes: undefined,
    source: "configured",
  });
  expect(chooseScopes({ challenge: [], discovered: ["d"] })).toMatchObject({ scopes: ["d"] });
  expect(chooseScopes({ discovered: [] })).toMatchObject({ scopes: undefined, source: "none" });
});

test("offline_access is added to what servers told of, where it is offered, and only there", () => {
  const offered = ["d", "offline_access"];
  expect(chooseScopes({ discovered: ["d"], offered }).scopes).toEqual(["d", "offline_access"]);
  expect(chooseScopes({ challenge: ["w", "offline_access"], offered }).scopes).toEqual([
    "w",
    "offline_access",
  ]);
  expect(chooseScopes({ configured: ["c"], offered }).scopes).toEqual(["c"]);
  expect(chooseScopes({ offered }).scopes).toBeUndefined();
  expect(chooseScopes({ discovered: ["d"], offered: ["d"] }).scopes).toEqual(["d"]);
});
