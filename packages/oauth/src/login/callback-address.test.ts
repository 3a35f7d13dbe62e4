import { expect, test } from "vitest";
import { callbackAddress } from "./callback-address.js";

test.each([
  ["nothing", {}, { bindHost: "127.0.0.1", bindPort: 0, path: "/callback", redirectUri: undefined }],
  ["a port", { port: 4100 }, { bindHost: "127.0.0.1", bindPort: 4100, portSetting: "oauth_callback_port" }],
  [
    "a loopback URL",
    { url: "http://localhost:4100/back" },
    {
      bindHost: "127.0.0.1",
      bindPort: 4100,
      path: "/back",
      redirectUri: "http://localhost:4100/back",
      portSetting: "oauth_callback_url",
    },
  ],
  ["an IPv6 loopback URL", { url: "http://[::1]:4100/" }, { bindHost: "::1", bindPort: 4100 }],
  ["a loopback URL without a port", { url: "http://127.0.0.1/x" }, { bindPort: 80 }],
  [
    "a loopback URL and a port",
    { url: "http://127.0.0.1:9/x", port: 4100 },
    {
      bindHost: "127.0.0.1",
      bindPort: 4100,
      redirectUri: "http://127.0.0.1:9/x",
      portSetting: "oauth_callback_port",
    },
  ],
  [
    "another host and a port",
    { url: "https://dev.example/cb", port: 4100 },
    {
      bindHost: "0.0.0.0",
      bindPort: 4100,
      path: "/cb",
      redirectUri: "https://dev.example/cb",
      hint: undefined,
    },
  ],
])("listens as %s says", (_, wishes, expected) => {
  expect(callbackAddress(wishes)).toMatchObject(expected);
});

test("another host without a port gets any port, and a hint that a fixed one is needed", () => {
  const address = callbackAddress({ url: "https://dev.example/cb" });
  expect(address).toMatchObject({ bindHost: "0.0.0.0", bindPort: 0 });
  expect(address.hint).toContain("set oauth_callback_port");
});

test("https on loopback gets a hint that somebody else has to speak it", () => {
  expect(callbackAddress({ url: "https://localhost:4100/cb" }).hint).toContain("https");
  expect(callbackAddress({ url: "https://localhost:4100/cb", port: 4101 }).hint).toBeUndefined();
});

test.each([
  [{ url: "dev.example/cb" }, "oauth_callback_url"],
  [{ url: "ftp://dev.example/cb" }, "oauth_callback_url"],
  [{ url: "https://u:p@dev.example/cb" }, "oauth_callback_url"],
  [{ url: "https://dev.example/cb#x" }, "oauth_callback_url"],
  [{ port: 0 }, "oauth_callback_port"],
  [{ port: 65_536 }, "oauth_callback_port"],
  [{ port: 1.5 }, "oauth_callback_port"],
])("refuses %j, naming the setting", (wishes, setting) => {
  expect(() => callbackAddress(wishes)).toThrow(
    expect.objectContaining({
      code: "usage",
      reason: "config_invalid",
      message: expect.stringContaining(setting),
    }),
  );
});
