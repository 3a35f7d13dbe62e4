import { expect, test } from "vitest";
import { chooseResource } from "./choose-resource.js";

const serverUrl = "https://A.example:443/mcp/?x=1#there";

test.each([
  ["what is configured", { configured: "urn:c", advertised: "urn:a", isWanted: true }, "urn:c"],
  [
    "what the metadata says, letter by letter",
    { advertised: "https://A.example:443/", isWanted: true },
    "https://A.example:443/",
  ],
  ["the server's URL without its fragment", { isWanted: true }, "https://A.example:443/mcp/?x=1"],
  ["nothing that a server may not know", { isWanted: false }, undefined],
  [
    "nothing where it is switched off",
    { configured: false as const, advertised: "urn:a", isWanted: true },
    undefined,
  ],
])("asks for %s", (_, wishes, expected) => {
  expect(chooseResource({ ...wishes, serverUrl })).toBe(expected);
});
