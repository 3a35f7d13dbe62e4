import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBootId, readBootIdOf, readSysctl } from "./boot-id.js";

const bootFile = "/proc/sys/kernel/random/boot_id";
const isLinux = existsSync(bootFile);
const hasSysctl = ["/sbin", "/usr/sbin", "/bin", "/usr/bin"].some((folder) => existsSync(`${folder}/sysctl`));

test("macOS names its boot by the session, which no change of network changes", () => {
  const facts: Readonly<Record<string, string>> = { "kern.bootsessionuuid": "5C0F-11\n" };
  expect(readBootIdOf("darwin", (name) => facts[name] ?? "")).toBe("5C0F-11");
});

test("a system that never tells its boot has none", () => {
  const refuse = (): string => {
    throw Object.assign(new Error("spawn sysctl ENOENT"), { code: "ENOENT" });
  };
  expect(readBootIdOf("darwin", refuse)).toBe("");
});

test("a system that cannot tell its boot at the moment is not taken for one that never does", () => {
  const refuse = (): string => {
    throw Object.assign(new Error("spawn sysctl EMFILE"), { code: "EMFILE" });
  };
  expect(() => readBootIdOf("darwin", refuse)).toThrow("EMFILE");
});

test.runIf(isLinux)("Linux names its boot in a file", () => {
  expect(readBootId()).toBe(readFileSync(bootFile, "utf8").trim());
});

test.runIf(isLinux && hasSysctl)("the program of the system tells what it is asked for", () => {
  expect(readSysctl("kernel.random.boot_id").trim()).toBe(readBootId());
  expect(() => readSysctl("kernel.no_such_name")).toThrow("sysctl");
});
