import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import type { AgentServer } from "../orchestrator/agent-server.js";
import { findListing } from "./merged-list.js";
import type { RouteContext } from "./route.js";
import { createScriptedPool, definitionOf } from "./test-support/scripted-server.js";

const unanswered = (): Promise<undefined> => new Promise(() => {});

/** Three servers that all list `a:1`, of which some behave otherwise. */
function setScene(changes: Record<string, Partial<AgentServer>>) {
  const pool = createScriptedPool();
  const warnings: string[] = [];
  const consumer = { profile: { clientInfo: { name: "t", version: "1" }, capabilities: {} } };
  const servers = ["first", "second", "third"].map((name) => {
    pool.lists.set(`${name} resources/list`, '[{"uri":"a:1"}]');
    const server = pool.attach(definitionOf(name), consumer as Parameters<typeof pool.attach>[1]);
    return { ...server, ...changes[name] };
  });
  const warn = (server: string): void => void warnings.push(server);
  const context = { servers, listPatienceMs: 0, warn } as unknown as RouteContext;
  const find = () => findListing("resources/list", context, ({ uri }) => uri === "a:1");
  return { find, warnings };
}

test("the first server that lists something is found without waiting for those after it", async () => {
  const { find } = setScene({ second: { listNow: unanswered }, third: { listNow: unanswered } });
  expect((await find())?.name).toBe("first");
});

test("a server that comes first and does not list it, or fails, is passed over", async () => {
  const { find, warnings } = setScene({
    first: { listNow: () => Promise.resolve(undefined) },
    second: { listNow: () => Promise.reject(new FairleadError("unavailable", "It is gone")) },
  });
  expect((await find())?.name).toBe("third");
  expect(warnings).toEqual(["second"]);
});
