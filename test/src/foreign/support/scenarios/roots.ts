import { fixtureServerPath, type RawClient, type RawMessage, type RawResponse } from "@fairlead/testkit";
import { expect } from "vitest";
import { agentPatienceMs, callText, withAgent } from "../agent-calls.js";
import type { Scenario } from "./scenario.js";

/** The same folder as a host of either kind says it, and one that nobody else sees. */
const ofHost = {
  posix: { folder: "/home/me/p", shared: "file:///home/me/p/a%20b/%C3%BC", own: "file:///home/me/private" },
  windows: {
    folder: "C:\\Users\\me\\p",
    shared: "file:///c:/users/me/p/a%20b/%C3%BC",
    own: "file:///C:/Users/me/private",
  },
} as const;
const ofServer = {
  posix: { folder: "/srv/p", shared: "file:///srv/p/a%20b/%C3%BC" },
  windows: { folder: "D:\\src\\p", shared: "file:///D:/src/p/a%20b/%C3%BC" },
} as const;

/** What servers hear of the folders of an agent. */
export const rootScenarios: readonly Scenario[] = [
  {
    does: "tells servers the roots of an agent as their machine spells them, and the user which ones it cannot have",
    run: async (column) => {
      const here = ofHost[column.hostConvention];
      const there = ofServer[column.convention];
      const isRemote = column.line !== undefined;
      const pathMap = [{ host: here.folder, executor: there.folder }];
      await column.configure(
        { asks: column.node(fixtureServerPath) },
        isRemote ? { executor: { path_map: pathMap } } : {},
      );
      const roots = [
        { uri: here.shared, name: "shared" },
        { uri: here.own },
        { uri: "https://example.org/p" },
      ];
      const act = async (agent: RawClient): Promise<void> => {
        const told = await rootsToldTo(agent, "asks__ask", roots);
        if (!isRemote) return expect(told).toEqual(roots);
        expect(told).toEqual([{ uri: there.shared, name: "shared" }, { uri: "https://example.org/p" }]);
        const warning = `The agent's root ${here.own} is in no folder of path_map`;
        expect(agent.stderr().split(warning)).toHaveLength(2);
        expect(agent.stderr()).not.toContain(`The agent's root ${here.shared}`);
        // Roots are what the protocol says of folders. What only looks like a path is the agent's own word.
        const text = `${here.shared} ${there.folder}`;
        expect(await callText(agent, "asks__echo", { text })).toBe(text);
      };
      await withAgent(column, act, { capabilities: { roots: {} } });
    },
  },
];

/** What a server hears when it asks an agent that has these roots. */
async function rootsToldTo(agent: RawClient, tool: string, roots: readonly object[]): Promise<unknown> {
  const params = { name: tool, arguments: { method: "roots/list", params: {} } };
  const calling = agent.request("tools/call", params, { timeoutMs: agentPatienceMs });
  const question = await Promise.race([calling, asked(agent, "roots/list")]);
  if (question.method === undefined) throw new Error(`Nobody asked: ${JSON.stringify(question)}`);
  await agent.send({ jsonrpc: "2.0", id: question.id, result: { roots } });
  const { structuredContent } = (await calling).result ?? {};
  return (structuredContent as { answer: { result?: { roots: unknown } } }).answer.result?.roots;
}

function asked(agent: RawClient, method: string): Promise<RawMessage | RawResponse<unknown>> {
  return agent.nextMessage((message) => message.method === method, agentPatienceMs);
}
