import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRawHttpClient, type RawPeer, workspaceRoot } from "@fairlead/testkit";
import { Ajv, AjvJsonSchemaValidator } from "@modelcontextprotocol/client/validators/ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlHttpEnd, nextTold, openControlHttpEnd } from "./support/control-end.js";

interface Shapes {
  readonly methods: Readonly<Record<string, { readonly params: object; readonly result: object }>>;
  readonly notifications: Readonly<Record<string, { readonly params: object }>>;
}

const page = await readFile(join(workspaceRoot(), "docs/control.schema.json"), "utf8");
const shapes = JSON.parse(page) as Shapes;
// The format is an annotation, beside the pattern and the encoding that say the same.
const validator = new AjvJsonSchemaValidator(new Ajv({ strict: false, formats: { base64: true } }));

/** Checks a value against a part of the page. */
function expectFits(schema: object | undefined, value: unknown, what: string): void {
  expect(schema, what).toBeDefined();
  const { valid, errorMessage } = validator.getValidator(schema ?? {})(value);
  expect(valid, `${what}: ${errorMessage}: ${JSON.stringify(value)}`).toBe(true);
}

let end: ControlHttpEnd;
beforeAll(async () => {
  end = await openControlHttpEnd();
}, 30_000);
afterAll(async () => end[Symbol.asyncDispose]());

describe.each(["legacy", "modern"] as const)("what docs/control.schema.json says of the %s era", (era) => {
  test("is what every method answers, and what listeners are told", async () => {
    await using peer = era === "legacy" ? await end.join() : modernPeer();
    const seen = new Set<string>();
    const ask = async (method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> => {
      const { result, error } = await peer.request(method, params);
      expect(error, method).toBeUndefined();
      expectFits(shapes.methods[method]?.params, params, method);
      expectFits(shapes.methods[method]?.result, result, method);
      seen.add(method);
      return result ?? {};
    };
    await ask("fairlead/servers/list");
    await ask("fairlead/connectors/list");
    await ask("fairlead/authStatus", { server: "fix" });
    await ask("fairlead/restart", { server: "fix" });
    await ask("fairlead/interrupt");
    await ask("fairlead/reload");
    const script = "echo out; echo err >&2; printf '\\377'; read x; exit 3";
    const { sessionId } = await ask("fairlead/sessions/create", { program: "sh", args: ["-c", script] });
    const listening = ask("fairlead/sessions/addListener", { sessionId });
    await nextTold(peer, String(sessionId), ({ type }) => type === "initialState");
    await ask("fairlead/sessions/connect", { sessionId });
    await ask("fairlead/sessions/removeListener", { sessionId, requestId: 999 });
    await ask("fairlead/sessions/send", { sessionId, data: "on\n" });
    await nextTold(peer, String(sessionId), ({ event }) => event?.type === "exit");
    await ask("fairlead/sessions/list");
    await ask("fairlead/sessions/interrupt", { sessionId });
    await ask("fairlead/sessions/stop", { sessionId });
    await listening;
    // They need somebody who gives tokens, and are tried there.
    const elsewhere = ["fairlead/login", "fairlead/logout"];
    expect([...seen, ...elsewhere].toSorted()).toEqual(Object.keys(shapes.methods));
    const told = peer.messages.filter(({ method }) => String(method).startsWith("fairlead/"));
    expect(told.length).toBeGreaterThanOrEqual(3);
    for (const { method, params } of told) {
      expectFits(shapes.notifications[String(method)]?.params, params, String(method));
    }
  });

  test("is no room for what is missing or wrong", () => {
    const { result } = shapes.methods["fairlead/sessions/create"] ?? {};
    expect(() => expectFits(result, { sessionId: `cs_${"0".repeat(32)}` }, "no pid")).toThrow("no pid");
    expect(() => expectFits(result, { sessionId: "cs_1", pid: 1 }, "an odd id")).toThrow("an odd id");
  });
});

/** An agent without a handshake, at the same endpoint. */
function modernPeer(): RawPeer {
  const { url, token } = end;
  return createRawHttpClient({ url, token, modern: { capabilities: knowing } });
}

const knowing = { experimental: { "fairlead/control": {} } };

test("a modern agent over HTTP is told how starts go where it listens", async () => {
  await using peer = modernPeer();
  const notifications = { toolsListChanged: true };
  const listening = peer.request("subscriptions/listen", { notifications }, { id: "l", timeoutMs: 60_000 });
  const ended = listening.catch((thrown: unknown) => thrown);
  await peer.nextMessage(({ method }) => method === "notifications/subscriptions/acknowledged");
  await peer.request("fairlead/restart", { server: "fix" });
  const { params } = await peer.nextMessage(
    (message) =>
      message.method === "fairlead/startupStatus/updated" &&
      (message.params as { status?: string }).status === "ready",
  );
  expect(params).toEqual({ name: "fix", status: "ready", error: null, failureReason: null });
  await peer[Symbol.asyncDispose]();
  await ended;
});
