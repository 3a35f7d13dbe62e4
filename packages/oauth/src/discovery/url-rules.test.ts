import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { checkedEndpoint } from "./url-rules.js";

const foreign = "https://mcp.example/mcp";
const own = "http://127.0.0.1:3000/mcp";

function check(url: string, serverUrl: string): string {
  return checkedEndpoint(url, { what: "token endpoint", serverUrl }).hostname;
}

describe("a server elsewhere sends nobody to ports of this machine", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.10",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1.",
    "0.0.0.0",
    "0",
    "localhost",
    "LocalHost.",
    "localhost..",
    "a.localhost",
    "ｌｏｃａｌｈｏｓｔ",
    "localhost.localdomain",
    "ip6-localhost",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f01:203]",
    "[::ffff:0.0.0.0]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1:7f00:0:100::]",
    "[64:ff9b:1:7f12:34:5600:1:2]",
    "[64:ff9b:1::127.0.0.1]",
    "[64:ff9b:1:2:3:4:7f00:1]",
    hostname(),
    `${hostname().toUpperCase()}.`,
    `${hostname().split(".")[0] ?? ""}.local`,
  ])("as %s, over https or not", (host) => {
    for (const scheme of ["https", "http"]) {
      const refused = (): string => check(`${scheme}://${host}:8443/token`, foreign);
      expect(refused).toThrow(expect.objectContaining({ code: "forbidden", reason: "insecure_transport" }));
    }
  });
});

describe("a server elsewhere sends nobody to the neighbours of this machine", () => {
  test.each([
    "169.254.169.254",
    "169.254.1.1.",
    "[fe80::1]",
    "[febf:1:2::3]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b:1:a9fe:a9:fe00::]",
    "[64:ff9b:1::169.254.169.254]",
  ])("as %s, over https or not", (host) => {
    for (const scheme of ["https", "http"]) {
      const refused = (): string => check(`${scheme}://${host}/token`, foreign);
      expect(refused).toThrow(expect.objectContaining({ code: "forbidden", reason: "insecure_transport" }));
    }
    expect(check(`https://${host}/token`, own)).not.toBe("");
    expect(check(`https://${host}/token`, "https://[fe80::7]/mcp")).not.toBe("");
    expect(() => check("https://localhost/token", `https://${host}/mcp`)).toThrow("on this machine");
  });
});

test.each([
  "as.example",
  "10.0.0.1",
  "128.0.0.1",
  "localhost.example",
  "127.0.0.1.example",
  "[2001:db8::7f00:1]",
  "[::ffff:10.0.0.1]",
  "169.253.0.1",
  "[fec0::1]",
  "[64:ff9b:1:a00:0:100::]",
  "[64:ff9b:1::10.0.0.1]",
  `${hostname()}.example`,
])("%s is no address of this machine", (host) => {
  expect(check(`https://${host}/token`, foreign)).not.toBe("");
  expect(() => check(`http://${host}/token`, own)).toThrow(expect.objectContaining({ code: "forbidden" }));
});

test("a server of this machine may have its authorization server here, with https or without", () => {
  expect(check("https://localhost:9000/token", own)).toBe("localhost");
  expect(check("http://[::1]:9000/token", own)).toBe("[::1]");
  expect(check("https://localhost:9000/token", "https://[::ffff:127.0.0.1]/mcp")).toBe("localhost");
});
