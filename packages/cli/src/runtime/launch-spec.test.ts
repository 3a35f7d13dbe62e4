import type { StdioServerConfig } from "@fairlead/config";
import { describe, expect, test } from "vitest";
import { cwdUri, toLaunchSpec } from "./launch-spec.js";
import { serverSettings } from "./server-fixture.js";

const server: StdioServerConfig = {
  ...serverSettings,
  transport: "stdio",
  name: "files",
  command: "node",
  args: ["server.js"],
  env: {},
  envVars: [],
};
const host = { env: { HOST_TOKEN: "of the host", PATH: "/host/bin", EMPTY: "" }, cwd: "/home/me/project" };
const local = { pathConvention: "posix", isLocal: true } as const;
const remote = { pathConvention: "posix", isLocal: false } as const;
const windows = { pathConvention: "windows", isLocal: false } as const;

describe("the environment of a launch", () => {
  test("has nothing of the host that was not asked for", () => {
    expect(toLaunchSpec(server, remote, host).env).toEqual({ set: {}, inherit: [] });
  });

  test("copies what was named from the host, and leaves the executor's to the executor", () => {
    const envVars = [
      { name: "HOST_TOKEN", source: "host" },
      { name: "EMPTY", source: "host" },
      { name: "NOT_SET", source: "host" },
      { name: "PATH", source: "executor" },
    ] as const;
    expect(toLaunchSpec({ ...server, envVars }, remote, host).env).toEqual({
      set: { HOST_TOKEN: "of the host", EMPTY: "" },
      inherit: ["PATH"],
    });
  });

  test("lets what was written win over what was copied", () => {
    const envVars = [{ name: "HOST_TOKEN", source: "host" }] as const;
    const spec = toLaunchSpec({ ...server, envVars, env: { HOST_TOKEN: "written" } }, remote, host);
    expect(spec.env?.set).toEqual({ HOST_TOKEN: "written" });
  });

  test.each(["PATH", "Path", "HOME"])("never has %s of the host on another machine", (name) => {
    const envVars = [{ name, source: "host" }] as const;
    const surroundings = { ...host, env: { [name]: "/of/the/host" } };
    expect(() => toLaunchSpec({ ...server, envVars }, remote, surroundings)).toThrow(
      expect.objectContaining({ code: "usage", reason: "argument_invalid", details: { variable: name } }),
    );
    expect(toLaunchSpec({ ...server, envVars }, local, surroundings).env?.set).toEqual({
      [name]: "/of/the/host",
    });
  });

  test("asks for the profile of a shell where the server does", () => {
    expect(toLaunchSpec({ ...server, shellProfile: true }, remote, host).shellProfile).toBe(true);
    expect(toLaunchSpec(server, remote, host)).not.toHaveProperty("shellProfile");
  });
});

describe("the folder of a launch", () => {
  test.each([
    ["here, where nothing is said", undefined, local, "file:///home/me/project"],
    ["elsewhere, where nothing is said: the executor's own choice", undefined, remote, undefined],
    ["on POSIX", "/srv/a b", remote, "file:///srv/a%20b"],
    ["on Windows", "C:\\src\\p", windows, "file:///C:/src/p"],
    ["on a Windows share", "\\\\server\\share\\x", windows, "file://server/share/x"],
  ])("%s", (_, cwd, machine, expected) => {
    const configured = cwd === undefined ? server : { ...server, cwd };
    expect(toLaunchSpec(configured, machine, host).cwd).toBe(expected);
  });

  test.each([
    ["relative", "src", remote],
    ["of a drive but relative", "C:src", windows],
    ["of a foreign machine", "C:\\src", remote],
    ["of a foreign machine too", "/srv", windows],
  ])("that is %s is refused, naming the server and its machine", (_, cwd, machine) => {
    expect(() => toLaunchSpec({ ...server, cwd }, machine, host)).toThrow(
      expect.objectContaining({
        code: "usage",
        reason: "path_invalid",
        effect: "none",
        message: expect.stringMatching(
          /^Server files, which runs on the executor devbox: cwd cannot be used\. /,
        ),
        details: { cwd },
      }),
    );
  });

  test("of a foreign machine says whose it is, and what to set", () => {
    expect(() => toLaunchSpec({ ...server, cwd: "C:\\src" }, local, host)).toThrow(
      'Server files, which runs on this machine: cwd cannot be used. The path "C:\\src" is a Windows path, which a POSIX machine does not have. Choose the executor on the Windows machine that has it, or give a POSIX path',
    );
    expect(() => toLaunchSpec({ ...server, cwd: "/srv" }, windows, host)).toThrow(
      'the executor devbox: cwd cannot be used. The path "/srv" is a POSIX path, which a Windows machine does not have. Choose the executor on the POSIX machine that has it, or give a Windows path',
    );
    expect(() => toLaunchSpec({ ...server, cwd: "src" }, local, host)).not.toThrow("Choose");
  });

  test("of a command is named by its flag", () => {
    expect(() => cwdUri("x", "posix", "--cwd")).toThrow(/^--cwd: cwd cannot be used/);
  });
});

test("a launch carries the server's name for process lists", () => {
  expect(toLaunchSpec(server, remote, host)).toMatchObject({
    program: "node",
    args: ["server.js"],
    labels: { server: "files" },
  });
});
