import { expect, test } from "vitest";
import { isLoopbackHost, listenAddressProblem, parseListenAddress } from "./listen-address.js";

test.each([
  ["127.0.0.1:7150", { host: "127.0.0.1", port: 7150 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["[::1]:7150", { host: "::1", port: 7150 }],
  ["7150", { host: "127.0.0.1", port: 7150 }],
  ["0", { host: "127.0.0.1", port: 0 }],
])("%s is an address to listen on", (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
  expect(listenAddressProblem(text)).toBeUndefined();
});

test.each([
  "",
  "localhost",
  "::1:7150",
  "[::1]",
  "host:",
  ":80",
  "1:2:3",
  "127.0.0.1:65536",
  "http://x:1",
  " 80",
  "80 ",
])("%j is none", (text) => {
  expect(parseListenAddress(text)).toBeUndefined();
  expect(listenAddressProblem(text)).toMatch(/^expected host:port/);
});

test("only loopback addresses are this machine's alone", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1", "localhost"].filter((host) => !isLoopbackHost(host))).toEqual([]);
  expect(
    ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil"].filter(isLoopbackHost),
  ).toEqual([]);
});
