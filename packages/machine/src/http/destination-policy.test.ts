import { expect, test } from "vitest";
import { createDestinationPolicy, type DestinationRules } from "./destination-policy.js";

/** The addresses of a host that may be reached, or why none may. */
function reach(rules: DestinationRules | undefined, host: string, address: string): unknown {
  try {
    return createDestinationPolicy(rules).permitted(host, [address]);
  } catch (error) {
    return error;
  }
}

const refused = expect.objectContaining({ code: "forbidden", reason: "policy_denied", effect: "none" });

test.each<
  [name: string, rules: DestinationRules | undefined, host: string, address: string, reached: boolean]
>([
  ["public is open", undefined, "example.com", "93.184.216.34", true],
  ["loopback is open", undefined, "localhost", "127.0.0.1", true],
  ["private is open", undefined, "devbox", "10.1.2.3", true],
  ["metadata is shut", undefined, "169.254.169.254", "169.254.169.254", false],
  ["link-local is shut", undefined, "printer", "fe80::1%eth0", false],
  ["a name that leads to metadata is shut", undefined, "harmless.example", "169.254.169.254", false],
  ["a name of a metadata service is shut", undefined, "Metadata.Google.Internal.", "8.8.8.8", false],
  ["allowing everything by name does not open metadata", { allow: ["*"] }, "a", "169.254.169.254", false],
  [
    "allowing the name does not open metadata",
    { allow: ["a.example"] },
    "a.example",
    "169.254.169.254",
    false,
  ],
  ["allowing the address does", { allow: ["169.254.169.254"] }, "a.example", "169.254.169.254", true],
  ["allowing the class does", { allow: ["link-local"] }, "a.example", "169.254.1.1", true],
  ["allowing one class does not open the other", { allow: ["link-local"] }, "a", "169.254.169.254", false],
  ["an empty list allows nothing", { allow: [] }, "example.com", "93.184.216.34", false],
  ["an allowed name", { allow: ["api.example.com"] }, "API.example.com", "93.184.216.34", true],
  [
    "a name beyond ASCII",
    { allow: ["B\u00fccher.example"] },
    new URL("http://b\u00fccher.example").hostname,
    "1.1.1.1",
    true,
  ],
  [
    "a denied domain beyond ASCII",
    { deny: ["*.b\u00fccher.example"] },
    new URL("http://a.b\u00fccher.example").hostname,
    "1.1.1.1",
    false,
  ],
  ["another name", { allow: ["api.example.com"] }, "evil.example.com", "93.184.216.34", false],
  ["a domain holds what is below it", { allow: ["*.example.com"] }, "a.b.example.com", "1.1.1.1", true],
  ["a domain does not hold itself", { allow: ["*.example.com"] }, "example.com", "1.1.1.1", false],
  ["a domain does not hold its ending", { allow: ["*.example.com"] }, "badexample.com", "1.1.1.1", false],
  ["an allowed range", { allow: ["10.0.0.0/8"] }, "devbox", "10.1.2.3", true],
  ["outside of it", { allow: ["10.0.0.0/8"] }, "devbox", "11.1.2.3", false],
  ["a denied name", { deny: ["*.example.com"] }, "a.example.com", "1.1.1.1", false],
  ["a denied range", { deny: ["10.0.0.0/8"] }, "devbox", "10.1.2.3", false],
  ["a denied range in IPv6 clothes", { deny: ["10.0.0.0/8"] }, "devbox", "::ffff:10.1.2.3", false],
  ["a denied class", { deny: ["loopback"] }, "localhost", "::1", false],
  ["deny wins over allow", { allow: ["*"], deny: ["a.example"] }, "a.example", "1.1.1.1", false],
  [
    "a denied address of an allowed name",
    { allow: ["a.example"], deny: ["private"] },
    "a.example",
    "10.0.0.1",
    false,
  ],
])("%s", (...[, rules, host, address, reached]) => {
  expect(reach(rules, host, address)).toEqual(reached ? [address] : refused);
});

test("of several addresses only the permitted ones are left, in their order", () => {
  const policy = createDestinationPolicy({ deny: ["private"] });
  expect(policy.permitted("a.example", ["10.0.0.1", "2001:db8::1", "169.254.169.254", "8.8.8.8"])).toEqual([
    "2001:db8::1",
    "8.8.8.8",
  ]);
});

test("a literal address and a denied name are refused before anything is looked up", () => {
  const policy = createDestinationPolicy({ deny: ["secret.example"] });
  for (const host of [
    "169.254.169.254",
    "[fe80::1]",
    "[::ffff:169.254.169.254]",
    "secret.example",
    "metadata",
  ]) {
    expect(() => policy.checkHost(host), host).toThrow(expect.objectContaining({ reason: "policy_denied" }));
  }
  expect(() => policy.checkHost("example.com")).not.toThrow();
});

test.each([
  "",
  "exa*mple.com",
  "10.0.0.0/33",
  "https://example.com",
  "example.com:80",
  "a b",
  ".",
  "*..",
  "exa|mple.com",
])("the pattern %j is refused", (pattern) => {
  expect(() => createDestinationPolicy({ deny: [pattern] })).toThrow(
    expect.objectContaining({ code: "usage", reason: "argument_invalid" }),
  );
});
