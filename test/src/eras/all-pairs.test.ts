import { waitUntil } from "@fairlead/testkit";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { fixtureServer } from "../servers/support/raw-gateway.js";
import { connectV1, type V1End } from "../servers/support/v1-ways.js";
import { connectV2, type V2End } from "../servers/support/v2-client.js";
import { isLateProgress, watchProgress } from "../servers/support/watch-progress.js";
import { v2ServerPath } from "./support/open-v2-server.js";

// A server of each era behind one `fairlead serve`, and an agent of each era before it: what one side says in the words of
// its era reaches the other in its own.
const stack = createDisposeStack();
const form = { action: "accept" as const, content: { name: "Ada" } };
const levelKey = "io.modelcontextprotocol/logLevel";

interface Note {
  readonly method: string;
  readonly params?: unknown;
}

/** What the tests do with an agent of either era. */
interface Agent {
  readonly notifications: readonly Note[];
  readonly complaints: readonly Error[];
  call(name: string, args?: Record<string, unknown>, meta?: object): Promise<{ content: unknown }>;
  progress(name: string, args: Record<string, unknown>): Promise<readonly unknown[]>;
  abort(name: string, args: Record<string, unknown>): Promise<unknown>;
  /** Wants to be told of a resource. @returns takes it back */
  watch(uri: string): Promise<() => Promise<unknown>>;
  /** Wants log messages of a call at this level. @returns the `_meta` that its calls need */
  setLevel(level: "error"): Promise<object>;
}

let agents: Record<"legacy" | "modern", Agent>;
let asked: unknown[];
beforeEach(() => {
  asked = [];
});
beforeAll(async () => {
  const home = stack.use(
    await createTestHome({
      servers: {
        old: fixtureServer(),
        new: { command: process.execPath, args: [v2ServerPath, "--modern-only"] },
      },
    }),
  );
  const [command, ...args] = home.command("serve");
  const launch = { command, args, env: { ...home.env }, cwd: home.folder.path };
  const legacy = await connectV1(launch, { capabilities: { elicitation: {} } }, (client) => {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params);
      return form;
    });
  });
  stack.use({ [Symbol.asyncDispose]: legacy.close });
  const options = {
    capabilities: { elicitation: { form: {} } },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
  };
  const modern = await connectV2(launch, options, {
    prepare: (client) => {
      client.setRequestHandler("elicitation/create", ({ params }) => {
        asked.push(params);
        return form;
      });
    },
  });
  stack.use({ [Symbol.asyncDispose]: modern.close });
  agents = { legacy: legacyAgent(legacy), modern: modernAgent(modern) };
});
afterAll(async () => stack[Symbol.asyncDispose]());

const pairs = [
  ["legacy", "old"],
  ["legacy", "new"],
  ["modern", "old"],
  ["modern", "new"],
] as const;
const uris = { old: "fixture://text", new: "test://thing" } as const;

describe.each(pairs)("an agent of the %s era before the %s server", (era, server) => {
  const isOld = server === "old";
  const told = async (method: string, from: number): Promise<Note> =>
    waitUntil(() => agents[era].notifications.slice(from).find((note) => note.method === method), {
      withinMs: 10_000,
      what: method,
    });

  test("is asked for input in the middle of a call", async () => {
    const { content } = await agents[era].call(`${server}__ask`);
    expect(JSON.stringify(content)).toContain("Ada");
    expect(asked).toMatchObject([{ message: expect.any(String) }]);
  });

  test("is asked once for each of several calls", async () => {
    const results = await Promise.all([1, 2, 3].map(() => agents[era].call(`${server}__ask`)));
    for (const { content } of results) expect(JSON.stringify(content)).toContain("Ada");
    expect(asked).toHaveLength(3);
  });

  test("hears of progress, all of it and in order", async () => {
    const args = isOld ? { steps: 3, interval_ms: 20 } : {};
    expect(await agents[era].progress(`${server}__progress`, args)).toEqual([1, 2, 3]);
  });

  test("is told what is logged for a call at the level that it wants", async () => {
    const agent = agents[era];
    const meta = await agent.setLevel("error");
    const from = agent.notifications.length;
    for (const level of isOld ? ["info", "error"] : [""]) {
      await agent.call(`${server}__log`, isOld ? { level, text: level } : {}, meta);
    }
    await told("notifications/message", from);
    const logged = agent.notifications.slice(from).filter(({ method }) => method === "notifications/message");
    expect(logged).toMatchObject([{ params: { level: "error" } }]);
  });

  test("is told of a resource for as long as it wants", async () => {
    const agent = agents[era];
    const uri = uris[server];
    const stop = await agent.watch(uri);
    const from = agent.notifications.length;
    await agent.call(`${server}__touch`, isOld ? { uri } : {});
    expect(await told("notifications/resources/updated", from)).toMatchObject({ params: { uri } });
    await stop();
    const after = agent.notifications.length;
    await agent.call(`${server}__touch`, isOld ? { uri } : {});
    await agent.call(`${server}__${isOld ? "pid" : "hello"}`);
    const methods = agent.notifications.slice(after).map(({ method }) => method);
    expect(methods).not.toContain("notifications/resources/updated");
  });

  test("takes a call back", async () => {
    const args = isOld ? { ms: 60_000 } : {};
    await expect(agents[era].abort(`${server}__${isOld ? "sleep" : "hang"}`, args)).rejects.toThrow("enough");
    await agents[era].call(`${server}__${isOld ? "pid" : "hello"}`);
  });

  test("gets nothing that it cannot place", () => {
    expect(agents[era].complaints.filter((complaint) => !isLateProgress(complaint))).toEqual([]);
  });
});

function legacyAgent({ client, notifications, complaints }: V1End): Agent {
  return {
    notifications,
    complaints,
    call: async (name, args = {}) => ({
      content: (await client.callTool({ name, arguments: args }))["content"],
    }),
    progress: async (name, args) => {
      using watched = watchProgress(client);
      await client.callTool({ name, arguments: args }, undefined, { onprogress: () => {} });
      return watched.steps;
    },
    abort: (name, args) => {
      const controller = new AbortController();
      const call = client.callTool({ name, arguments: args }, undefined, { signal: controller.signal });
      controller.abort("enough");
      return call;
    },
    watch: async (uri) => {
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    setLevel: async (level) => {
      await client.setLoggingLevel(level);
      return {};
    },
  };
}

function modernAgent({ client, notifications, complaints }: V2End): Agent {
  return {
    notifications,
    complaints,
    call: (name, args = {}, meta) =>
      client.callTool({ name, arguments: args, ...(meta === undefined ? {} : { _meta: { ...meta } }) }),
    progress: async (name, args) => {
      using watched = watchProgress(client);
      await client.callTool({ name, arguments: args }, { onprogress: () => {} });
      return watched.steps;
    },
    abort: (name, args) => {
      const controller = new AbortController();
      const call = client.callTool({ name, arguments: args }, { signal: controller.signal });
      controller.abort("enough");
      return call;
    },
    watch: async (uri) => {
      const subscription = await client.listen({ resourceSubscriptions: [uri] });
      return () => subscription.close();
    },
    setLevel: (level) => Promise.resolve({ [levelKey]: level }),
  };
}
