import { describe, expect, test } from "vitest";
import { isLoopback, parseListenAddress } from "./listen-address.js";

describe("a listen address", () => {
  test.each([
    ["unix:///run/me/x.sock", { kind: "unix", path: "/run/me/x.sock" }],
    ["unix:/run/me/x.sock", { kind: "unix", path: "/run/me/x.sock" }],
    ["/run/me/x.sock", { kind: "unix", path: "/run/me/x.sock" }],
    ["127.0.0.1:7040", { kind: "tcp", host: "127.0.0.1", port: 7040, loopback: true }],
    ["localhost:0", { kind: "tcp", host: "localhost", port: 0, loopback: true }],
    ["[::1]:7040", { kind: "tcp", host: "::1", port: 7040, loopback: true }],
    ["0.0.0.0:7040", { kind: "tcp", host: "0.0.0.0", port: 7040, loopback: false }],
    ["devbox.example:443", { kind: "tcp", host: "devbox.example", port: 443, loopback: false }],
  ])("%s is understood", (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });

  test.each([
    "",
    "7040",
    "host",
    "host:",
    ":7040",
    "host:99999",
    "host:70x",
    "unix:relative.sock",
    "::1:7040",
    `/${"x".repeat(100)}`,
  ])("%j is refused with a reason", (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      expect.objectContaining({ code: "usage", reason: "argument_invalid", effect: "none" }),
    );
  });

  test.each(["unix:///run/me/x.sock", "/run/me/x.sock", "\\\\.\\pipe\\x"])(
    "%s is refused on Windows, with what to give instead",
    (text) => {
      expect(() => parseListenAddress(text, "win32")).toThrow(/on Windows.*127\.0\.0\.1:7040/);
      expect(parseListenAddress("127.0.0.1:0", "win32")).toMatchObject({ kind: "tcp" });
    },
  );

  test("only real loopback addresses count as loopback", () => {
    expect(["127.0.0.1", "127.255.0.3", "::1", "localhost"].map(isLoopback)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["127.0.0.1.evil.example", "10.0.0.1", "::", "localhost.example"].map(isLoopback)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
