import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openBrowser } from "./open-browser.js";

const page = new URL("https://login.example/authorize?a=1&b=%20$HOME");

describe.skipIf(process.platform === "win32")("a browser of this machine", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "browser-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A program that notes what it is asked to show. */
  async function script(name: string, ending: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "$@" >> "${folder}/seen"\n${ending}\n`, { mode: 0o755 });
    return path;
  }
  const env = (browser: string): Record<string, string> => ({
    PATH: process.env["PATH"] ?? "",
    BROWSER: browser,
  });
  const seen = async (): Promise<string> => readFile(join(folder, "seen"), "utf8");

  test("is shown the page as it is", async () => {
    expect(await openBrowser(page, { env: env(await script("good", "exit 0")), platform: "linux" })).toBe(
      true,
    );
    expect(await seen()).toBe(`${page.href}\n`);
  });

  test("is another one where the first is missing or fails", async () => {
    const both = `${join(folder, "missing")}:${await script("bad", "exit 3")} first:${await script("good", "")} %s last`;
    expect(await openBrowser(page, { env: env(both), platform: "linux" })).toBe(true);
    expect(await seen()).toBe(`first\n${page.href}\n${page.href}\nlast\n`);
  });

  test("may go on for as long as it likes", async () => {
    const browser = env(await script("long", `read line < "${folder}/pipe"`));
    const { execFileSync } = await import("node:child_process");
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(await openBrowser(page, { env: browser, platform: "linux", patienceMs: 200 })).toBe(true);
    // Lets it end.
    await writeFile(join(folder, "pipe"), "\n");
  });

  test("is not there", async () => {
    expect(await openBrowser(page, { env: {}, platform: "linux" })).toBe(false);
    expect(await openBrowser(page, { env: env(await script("bad", "exit 1")), platform: "linux" })).toBe(
      false,
    );
  });

  test("is never given anything but a page", async () => {
    const browser = env(await script("good", "exit 0"));
    expect(await openBrowser(new URL("file:///etc/passwd"), { env: browser, platform: "linux" })).toBe(false);
    await expect(seen()).rejects.toThrow("ENOENT");
  });
});
