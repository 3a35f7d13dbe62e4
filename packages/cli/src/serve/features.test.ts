import { expect, test } from "vitest";
import { withFeatureFlags } from "./features.js";

const configured = { devbox: false, catalogue: true, fairlead: false, resource_tools: false };

test("flags win over the configuration, each for its feature", () => {
  expect(withFeatureFlags(configured, {})).toEqual(configured);
  expect(withFeatureFlags(configured, { enable: ["devbox"], disable: ["catalogue"] })).toEqual({
    devbox: true,
    catalogue: false,
    fairlead: false,
    resource_tools: false,
  });
});

test.each([
  [
    { enable: ["devbx"] },
    'There is no feature "devbx"; known are devbox, catalogue, fairlead, resource_tools. Did you mean "devbox"?',
  ],
  [{ disable: ["toString"] }, 'There is no feature "toString"'],
  [{ enable: ["devbox"], disable: ["devbox"] }, "--enable and --disable both name devbox"],
])("%j is refused", (flags, message) => {
  expect(() => withFeatureFlags(configured, flags)).toThrow(message);
});
