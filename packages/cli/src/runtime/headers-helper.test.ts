import { createLocalLauncher } from "@fairlead/machine";
import { describe, expect, test } from "vitest";
import { createHeadersHelper, type HeadersHelperOptions, helperArgv } from "./headers-helper.js";

const launcher = createLocalLauncher();

function helper(script: string, options: Partial<HeadersHelperOptions> = {}) {
  const runs: number[] = [];
  const made = createHeadersHelper({
    server: "web",
    prepare: async () => {
      runs.push(runs.length);
      const script_ = script.replaceAll("RUN", String(runs.length));
      return { launcher, spec: { program: process.execPath, args: ["-e", script_] } };
    },
    ...options,
  });
  return { ...made, runs };
}

const print = (value: unknown): string => `console.log(${JSON.stringify(JSON.stringify(value))})`;

test("what a helper prints are headers", async () => {
  const helpful = helper(print({ "X-Api-Key": "abc", "X-Empty": "" }));
  expect(await helpful.read()).toEqual({ "X-Api-Key": "abc", "X-Empty": "" });
});

test("it is asked once by all who ask at once, and again when it is old or was refused", async () => {
  let nowMs = 0;
  const asked = helper('console.log(`{"X-Run":"RUN"}`)', {
    maxAgeMs: 1_000,
    now: () => nowMs,
  });
  expect(await Promise.all([asked.read(), asked.read()])).toEqual([{ "X-Run": "1" }, { "X-Run": "1" }]);
  nowMs = 999;
  expect(await asked.read()).toEqual({ "X-Run": "1" });
  nowMs = 1_000;
  expect(await asked.read()).toEqual({ "X-Run": "2" });
  const refused = await asked.read();
  asked.forget(refused);
  // Others who were refused with the same headers do not make it run for each of them.
  const third = asked.read();
  asked.forget(refused);
  expect(await Promise.all([third, asked.read()])).toEqual([{ "X-Run": "3" }, { "X-Run": "3" }]);
  expect(asked.runs).toHaveLength(3);
});

test("a failure is not kept", async () => {
  const failing = helper('if ("RUN" === "1") process.exit(3); console.log("{}")');
  await expect(failing.read()).rejects.toThrow("exited with code 3");
  expect(await failing.read()).toEqual({});
});

describe("a helper that", () => {
  test.each([
    ["fails", "console.error('not logged in'); process.exit(3)", "exited with code 3"],
    ["is ended by a signal", "process.kill(process.pid, 'SIGKILL')", "was ended by SIGKILL"],
    ["prints something else", "console.log('hidden')", "did not print JSON"],
    ["prints nothing", "", "did not print JSON"],
    ["prints a list", print(["hidden"]), "did not print a JSON object"],
    ["prints a number", print({ "X-A": 4711 }), "printed something else than a text for the header X-A"],
    [
      "prints a line break",
      print({ "X-A": "hidden\r\nX-B: 1" }),
      "header X-A that must not contain a line break",
    ],
    ["prints an impossible name", print({ "X A": "hidden" }), "printed a header that cannot be sent"],
    ["prints a header of the protocol", print({ Host: "hidden" }), "belongs to the protocol"],
    [
      "prints without end",
      "setInterval(() => console.log('x'.repeat(70_000)))",
      "printed more than 65536 bytes",
    ],
  ])("%s is an error without what it printed", async (_, script, expected) => {
    const error: unknown = await helper(script)
      .read()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "usage", reason: "config_invalid", details: { server: "web" } });
    expect(String(error)).toContain(`Server 'web': its headers_helper `);
    expect(String(error)).toContain(expected);
    expect(JSON.stringify(error)).not.toMatch(/hidden|4711/);
  });

  test("says why on stderr is quoted with its last words", async () => {
    await expect(helper("console.error('log in first'); process.exit(1)").read()).rejects.toMatchObject({
      details: { stderrTail: "log in first\n" },
    });
  });

  test("hangs is ended", async () => {
    const hanging = helper("setInterval(() => {}, 1_000)", { timeoutMs: 200 });
    await expect(hanging.read()).rejects.toThrow("did not end within 200 ms");
  });
});

test("a text is for the shell, an array is started as it is", () => {
  expect(helperArgv("get-token | jq .", false)).toEqual(["/bin/sh", "-c", "get-token | jq ."]);
  expect(helperArgv("get-token", true)).toEqual(["cmd.exe", "/d", "/s", "/c", "get-token"]);
  expect(helperArgv(["get token", "$X"], false)).toEqual(["get token", "$X"]);
});
