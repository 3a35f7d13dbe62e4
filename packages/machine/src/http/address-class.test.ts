import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { addRange, addressSpellings, classifyAddress, plainAddress } from "./address-class.js";

test.each([
  ["169.254.169.254", "metadata"],
  ["100.100.100.200", "metadata"],
  ["fd00:ec2::254", "metadata"],
  ["FD00:0EC2:0:0:0:0:0:0254", "metadata"],
  ["::ffff:169.254.169.254", "metadata"],
  ["::ffff:a9fe:a9fe", "metadata"],
  ["64:ff9b::a9fe:a9fe", "metadata"],
  ["2002:a9fe:a9fe::1", "metadata"],
  ["64:ff9b:1::a9fe:a9fe", "metadata"],
  ["64:ff9b:1:2:3:4:a9fe:a9fe", "metadata"],
  ["::ffff:0:169.254.169.254", "metadata"],
  ["::169.254.169.254", "metadata"],
  ["169.254.0.1", "link-local"],
  ["169.254.255.255", "link-local"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local"],
  ["febf:ffff::1", "link-local"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.255", "loopback"],
  ["0.0.0.0", "loopback"],
  ["::1", "loopback"],
  ["::", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["10.0.0.1", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["fc00::1", "private"],
  ["fdff::1", "private"],
  ["64:ff9b::10.1.2.3", "private"],
  ["172.32.0.1", "public"],
  ["169.253.255.255", "public"],
  ["169.255.0.0", "public"],
  ["8.8.8.8", "public"],
  ["2001:db8::1", "public"],
  ["fec0::1", "private"],
])("%s is a %s address", (address, expected) => {
  expect(classifyAddress(address)).toBe(expected);
});

test.each(["example.com", "", "1.2.3", "0x7f000001", "1.2.3.4.5", "[::1", "::g", "999.1.1.1"])(
  "%j is not an address",
  (text) => {
    expect(plainAddress(text)).toBeUndefined();
    expect(addressSpellings(text)).toEqual([]);
  },
);

test("every way to write an IPv4 address into an IPv6 one leads back to it", () => {
  for (let round = 0; round < 2_000; round += 1) {
    // Odd multipliers reach all over the range without depending on chance.
    const number = (round * 2_654_435_761 + 40_503) >>> 0;
    const parts = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
    const dotted = parts.join(".");
    const high = (number >>> 16).toString(16);
    const low = (number & 0xffff).toString(16);
    const written = [
      `::ffff:${dotted}`,
      `::ffff:${high}:${low}`,
      `0:0:0:0:0:ffff:${high}:${low}`,
      `64:ff9b::${dotted}`,
      `64:ff9b:1::${dotted}`,
      `::ffff:0:${dotted}`,
      `2002:${high}:${low}::`,
      `2002:${high}:${low}:1:2:3:4:5`,
    ];
    for (const address of written) {
      expect(addressSpellings(address)[1], address).toBe(dotted);
      expect(["public", classifyAddress(address)], address).toContain(classifyAddress(dotted));
    }
  }
});

test("a URL writes every form of an address in the one form that is classified", () => {
  for (const host of [
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.169.254.",
  ]) {
    expect(classifyAddress(new URL(`http://${host}/`).hostname), host).toBe("metadata");
  }
  expect(classifyAddress(new URL("http://[::ffff:169.254.169.254]/").hostname)).toBe("metadata");
});

test.each([
  "10.0.0.0/33",
  "fc00::/129",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0.0/-1",
  "example.com/8",
  "10.0.0",
])("%j is no range", (text) => {
  expect(addRange(new BlockList(), text)).toBe(false);
});
