import type { Launcher } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import type { Era } from "../eras/protocol-versions.js";
import {
  anySpec,
  createMemoryLauncher,
  defaultInitializeResult,
  type MemoryScript,
} from "../test-support/memory-launcher.js";
import { client, failureOf, type ModernScript, openModernPair } from "../test-support/modern-server.js";
import { openStdioServer } from "./open-stdio-server.js";

const initialized = { result: JSON.parse(defaultInitializeResult) as object };
const auto = { protocol: "auto" } as const;
const methodNotFound = { error: { code: -32601, message: "Method not found" } };

/** A server that only knows the handshake; it answers everything else as told. */
const legacy =
  (other: object | "silence" = methodNotFound): ModernScript =>
  ({ method, id }) =>
    method === "initialize" ? initialized : id === undefined ? "silence" : other;

/** A server that refuses the handshake. */
const modernOnly: ModernScript = ({ method }) =>
  method === "initialize" ? { error: { code: -32601, message: "Method not found: initialize" } } : undefined;

const sentBy = async (script: ModernScript, options: Parameters<typeof openModernPair>[1]) => {
  await using pair = await openModernPair(script, options);
  return {
    era: pair.connection.era,
    told: pair.eras,
    sent: pair.server.received.map(({ method }) => method),
  };
};

describe("the era of a stdio server that nobody knows yet", () => {
  test("is modern where it answers the modern question", async () => {
    const { era, told, sent } = await sentBy(() => undefined, auto);
    expect([era, told]).toEqual(["modern", ["modern"]]);
    expect(sent).not.toContain("initialize");
  });

  test.each<[string, object]>([
    ["method not found", methodNotFound],
    ["invalid params", { error: { code: -32602, message: "Invalid request parameters" } }],
    [
      "an error of its own",
      { error: { code: -32000, message: "Not initialized", data: { supported: ["2026-07-28"] } } },
    ],
    ["an empty result", { result: {} }],
    ["a list of old revisions", { result: { supportedVersions: ["2025-11-25"] } }],
    [
      "a refusal that lists old revisions",
      { error: { code: -32022, message: "no", data: { supported: ["2025-11-25"] } } },
    ],
    ["a refusal that lists nothing", { error: { code: -32022, message: "no" } }],
  ])("is legacy where it answers with %s: the same child is greeted", async (_, answer) => {
    const { era, told, sent } = await sentBy(legacy(answer), auto);
    expect([era, told]).toEqual(["legacy", ["legacy"]]);
    expect(sent).toEqual(["server/discover", "initialize", "notifications/initialized"]);
  });

  test("is legacy where its answer is no message", async () => {
    const broken: ModernScript = (message, server) => {
      if (message.method !== "server/discover") return legacy()(message, server);
      server.say(`{"jsonrpc":"2.0","id":${String(message.id)}}\n`);
      return "silence";
    };
    const { era, sent } = await sentBy(broken, auto);
    expect([era, sent]).toEqual(["legacy", ["server/discover", "initialize", "notifications/initialized"]]);
  });

  test("is asked once more by a server that refuses what it then names", async () => {
    let count = 0;
    const error = { code: -32022, message: "no", data: { supported: ["2026-07-28"] } };
    const { era, sent } = await sentBy(
      ({ method }) => (method === "server/discover" && ++count === 1 ? { error } : undefined),
      auto,
    );
    expect(era).toBe("modern");
    expect(sent.slice(0, 2)).toEqual(["server/discover", "server/discover"]);
  });

  test.each<[string, object]>([
    ["lists newer revisions only", { result: { supportedVersions: ["2027-01-01"] } }],
    [
      "refuses and lists newer ones only",
      { error: { code: -32022, message: "no", data: { supported: ["2027-01-01"] } } },
    ],
    [
      "refuses what it names for ever",
      { error: { code: -32022, message: "no", data: { supported: ["2026-07-28"] } } },
    ],
  ])("a modern server that %s cannot be spoken to, and is not taken for a legacy one", async (_, answer) => {
    const failure = await failureOf(
      openModernPair(({ method }) => (method === "server/discover" ? answer : initialized), auto),
    );
    expect(failure).toMatchObject({
      code: "protocol",
      reason: "version_mismatch",
      details: { failure: "protocol_error", server: "peer" },
    });
  });

  test("is legacy where it is silent: the handshake follows, and the late answer disturbs nothing", async () => {
    await using pair = await openModernPair(legacy("silence"), { ...auto, startupTimeoutMs: 200 });
    expect([pair.connection.era, pair.eras]).toEqual(["legacy", ["legacy"]]);
    const names = pair.server.received.map(({ method }) => method);
    expect(names).toEqual(["server/discover", "initialize", "notifications/initialized"]);
    const [discover] = pair.server.received;
    pair.server.sayMessage({ id: discover?.id, ...methodNotFound });
    expect(pair.warnings).toEqual([expect.stringContaining("a late answer")]);
  });
});

describe("a server that begins to read late", () => {
  /** Answers the question only when the handshake comes too, as one does that was downloaded meanwhile. */
  const late =
    (answerInitialize: object): ModernScript =>
    ({ method }, server) => {
      if (method === "server/discover") return "silence";
      if (method !== "initialize") return undefined;
      const asked = server.received.find((message) => message.method === "server/discover");
      server.sayMessage({ id: asked?.id, result: { supportedVersions: ["2026-07-28"], capabilities: {} } });
      return answerInitialize;
    };

  test("is legacy this time if it takes the handshake, and modern the next time", async () => {
    const { era, told } = await sentBy(late(initialized), { ...auto, startupTimeoutMs: 200 });
    expect([era, told]).toEqual(["legacy", ["modern"]]);
  });

  test("and does not, and refuses the handshake: its refusal is told", async () => {
    const refusing: ModernScript = ({ method }) =>
      method === "initialize" ? { error: { code: -32603, message: "out of order" } } : "silence";
    const failure = await failureOf(openModernPair(refusing, { ...auto, startupTimeoutMs: 600 }));
    expect(failure.message).toContain("refused initialize: out of order");
  });

  test("is modern if it refuses the handshake", async () => {
    const { era, told } = await sentBy(late(methodNotFound), { ...auto, startupTimeoutMs: 200 });
    expect([era, told]).toEqual(["modern", ["modern"]]);
  });
});

describe("an era that is remembered", () => {
  test("legacy: nothing is asked", async () => {
    const { told, sent } = await sentBy(legacy(), { ...auto, rememberedEra: "legacy" });
    expect([told, sent]).toEqual([[], ["initialize", "notifications/initialized"]]);
  });

  test("legacy, wrongly: the refusal leads to the modern question on the same child", async () => {
    const { era, told, sent } = await sentBy(modernOnly, { ...auto, rememberedEra: "legacy" });
    expect([era, told]).toEqual(["modern", ["modern"]]);
    expect(sent.slice(0, 2)).toEqual(["initialize", "server/discover"]);
  });

  test("legacy, and the server is simply broken: its refusal is told", async () => {
    const refuse = { error: { code: -32603, message: "out of order" } };
    const failure = await failureOf(openModernPair(() => refuse, { ...auto, rememberedEra: "legacy" }));
    expect(failure.message).toContain("refused initialize: out of order");
  });

  test("modern: nothing is told anew", async () => {
    const { era, told } = await sentBy(() => undefined, { ...auto, rememberedEra: "modern" });
    expect([era, told]).toEqual(["modern", []]);
  });

  test("modern, wrongly: the handshake follows", async () => {
    const { era, told } = await sentBy(legacy(), { ...auto, rememberedEra: "modern" });
    expect([era, told]).toEqual(["legacy", ["legacy"]]);
  });
});

describe("an era that is wished", () => {
  test("legacy: nothing else is tried", async () => {
    const { era, told, sent } = await sentBy(legacy(), { protocol: "legacy" });
    expect([era, told, sent]).toEqual(["legacy", [], ["initialize", "notifications/initialized"]]);
    const failure = await failureOf(openModernPair(modernOnly, { protocol: "legacy" }));
    expect(failure).toMatchObject({ reason: "handshake_failed" });
  });

  test("modern: a legacy server is refused by name", async () => {
    const failure = await failureOf(openModernPair(legacy(), { protocol: "modern" }));
    expect(failure).toMatchObject({ reason: "version_mismatch", details: { failure: "protocol_error" } });
    expect(failure.message).toContain('set protocol to "auto" or "legacy"');
  });
});

describe("a server that ends itself over the question", () => {
  /** The first child ends when it is asked, as some servers do that expect the handshake first. */
  function launchTwice(second: MemoryScript) {
    const stubborn = createMemoryLauncher({
      initializeResult: null,
      onMessage: (server, { method }) => {
        if (method !== "server/discover") return;
        server.complain("out of memory\n");
        server.exit({ code: 1 });
      },
    });
    const next = createMemoryLauncher(second);
    let launches = 0;
    const launcher: Launcher = {
      launch: (spec, options) => (++launches === 1 ? stubborn : next).launcher.launch(spec, options),
    };
    return { launcher, next: next.server, launches: () => launches };
  }
  const base = { spec: anySpec, name: "peer", ...client } as const;

  test("is started once more for the handshake, which is remembered and told", async () => {
    const { launcher, next, launches } = launchTwice({});
    const eras: Era[] = [];
    const warnings: string[] = [];
    await using connection = await openStdioServer({
      ...base,
      launcher,
      onEra: (era) => eras.push(era),
      handlers: { onWarning: (text) => warnings.push(text), onClosed: (info) => warnings.push(info.cause) },
    });
    expect([connection.era, eras, launches()]).toEqual(["legacy", ["legacy"], 2]);
    expect(next.received.map(({ method }) => method)).toEqual(["initialize", "notifications/initialized"]);
    expect(warnings).toEqual([expect.stringContaining("was started again for the handshake")]);
  });

  test("and was modern before is not remembered as legacy", async () => {
    const { launcher, launches } = launchTwice({});
    const eras: Era[] = [];
    await using connection = await openStdioServer({
      ...base,
      launcher,
      rememberedEra: "modern",
      onEra: (era) => eras.push(era),
    });
    expect([connection.era, eras, launches()]).toEqual(["legacy", [], 2]);
  });

  test("and then refuses the handshake fails with its end", async () => {
    const { launcher, launches } = launchTwice({
      initializeResult: null,
      onMessage: (server, { id }) => server.sayMessage({ id, ...methodNotFound }),
    });
    const failure = await failureOf(openStdioServer({ ...base, launcher }));
    expect(failure).toMatchObject({ reason: "server_exited", details: { exitCode: 1 } });
    expect(failure.details["stderrTail"]).toContain("out of memory");
    expect(launches()).toBe(2);
  });

  test("and is broken anyway fails after the second start, in its own words", async () => {
    const { launcher, launches } = launchTwice({
      initializeResult: null,
      onStart: (server) => {
        server.complain("no such module\n");
        server.exit({ code: 3 });
      },
    });
    const failure = await failureOf(openStdioServer({ ...base, launcher }));
    expect(failure).toMatchObject({ reason: "server_exited", details: { exitCode: 3, failure: "exited" } });
    expect(failure.details["stderrTail"]).toContain("no such module");
    expect(launches()).toBe(2);
  });

  test.each([{ protocol: "modern" }, { protocol: "legacy" }, { rememberedEra: "legacy" }] as const)(
    "is started once only with %j",
    async (options) => {
      let launches = 0;
      const memory = createMemoryLauncher({
        initializeResult: null,
        onMessage: (server) => server.exit({ code: 1 }),
      });
      const launcher: Launcher = {
        launch: (spec, launchOptions) => {
          launches += 1;
          return memory.launcher.launch(spec, launchOptions);
        },
      };
      const failure = await failureOf(openStdioServer({ ...base, launcher, ...options }));
      expect([failure.reason, launches]).toEqual(["server_exited", 1]);
    },
  );
});

test("a server that answers the question and ends itself over the handshake is started once", async () => {
  let launches = 0;
  const failure = await failureOf(
    openModernPair(
      ({ method }, server) => {
        if (method !== "initialize") return methodNotFound;
        server.exit({ code: 4 });
        return "silence";
      },
      { ...auto, memory: { onStart: () => void (launches += 1) } },
    ),
  );
  expect(failure).toMatchObject({ reason: "server_exited", details: { exitCode: 4 } });
  expect(launches).toBe(1);
});

test("one limit holds for the question and the handshake together", async () => {
  const startedAtMs = performance.now();
  const failure = await failureOf(openModernPair(() => "silence", { ...auto, startupTimeoutMs: 150 }));
  expect(failure).toMatchObject({ reason: "handshake_failed", details: { failure: "handshake_timeout" } });
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});
