import { expect, test } from "vitest";
import { executorAddressProblem, parseExecutorAddress } from "./executor-address.js";

test.each([
  ["unix:///run/x.sock", { scheme: "unix", path: "/run/x.sock" }],
  [`unix:///${"a".repeat(99)}`, { scheme: "unix", path: `/${"a".repeat(99)}` }],
  ["grpc://localhost:1", { scheme: "grpc", host: "localhost", port: 1 }],
  ["grpc://127.9.255.1:65535/", { scheme: "grpc", host: "127.9.255.1", port: 65_535 }],
  ["grpc://[::1]:80", { scheme: "grpc", host: "::1", port: 80 }],
  ["GRPCS://Box.Example:443", { scheme: "grpcs", host: "box.example", port: 443 }],
  ["grpcs://[2001:db8::1]:443", { scheme: "grpcs", host: "2001:db8::1", port: 443 }],
])("%s is an address", (url, address) => {
  expect(parseExecutorAddress(url)).toEqual(address);
  expect(executorAddressProblem(url)).toBeUndefined();
});

test.each([
  [
    "ssh://me@box",
    "ssh:// executors are not supported yet by this version; supported are unix:///path, grpc://host:port (loopback only) and grpcs://host:port",
  ],
  ["dns:///pool", "dns:// executors are not supported yet"],
  ["https://box:443", "https:// executors are not supported yet"],
  ["box:50051", "box:// executors are not supported yet"],
  ["box", "expected a URL with a scheme; supported are"],
  ["", "expected a URL with a scheme"],
  ["unix://run/x.sock", "expected unix:// and an absolute path"],
  ["unix:x.sock", "expected unix:// and an absolute path"],
  ["unix:///", "expected unix:// and an absolute path"],
  [`unix:///${"ä".repeat(50)}`, "longer than 100 bytes"],
  ["grpc://192.168.0.1:1", "grpc:// sends everything in the clear and is for loopback only; use grpcs://"],
  ["grpc://127.0.0.1.evil.example:1", "for loopback only"],
  ["grpc://127.0.0.256:1", "for loopback only"],
  ["grpc://0.0.0.0:1", "for loopback only"],
  ["grpcs://me:hidden@box:1", "must not contain credentials"],
  ["grpcs://box", "expected grpcs://host:port and nothing after it"],
  ["grpcs://box:0", "expected grpcs://host:port"],
  ["grpcs://box:65536", "expected grpcs://host:port"],
  ["grpcs://box:1/path", "and nothing after it"],
  ["grpcs://box:1?x=1", "and nothing after it"],
  ["grpcs://:1", "expected grpcs://host:port"],
])("%s is none", (url, problem) => {
  expect(parseExecutorAddress(url)).toBeUndefined();
  expect(executorAddressProblem(url)).toContain(problem);
  expect(executorAddressProblem(url)).not.toContain("hidden");
});
