import { createDeferred } from "@fairlead/core";
import { createHandMadeServer, holdRefusingPort, startHttpFront } from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../../servers/support/output-of.js";
import { agentPatienceMs, withAgent } from "../agent-calls.js";
import type { Scenario } from "./scenario.js";

/** Web servers that only the machine of the servers reaches. */
export const webScenarios: readonly Scenario[] = [
  {
    does: "reaches a web server from the machine where servers run, with a header of that machine",
    run: async (column) => {
      const server = createHandMadeServer();
      await using front = await startHttpFront({ behind: server.handle });
      const source = column.line === undefined ? "host" : "executor";
      const headers = {
        "X-There": { name: "FROM_THERE", source },
        "X-Unset": { name: "NOBODY_HAS_IT", source },
      };
      await column.configure({ web: { url: front.url(), env_http_headers: headers } });
      const given = { text: "größer als 1", deep: [{ n: 1 }], long: "x".repeat(5_000) };
      const call = ["call", "web", "echo", JSON.stringify(given)];
      expect(outputOf(await column.fairlead(call, { env: { FROM_THERE: "the value here" } }))).toContain(
        "called",
      );
      const sent = front.requests.find(({ rpc }) => rpc?.method === "tools/call");
      expect(sent?.rpc?.params).toMatchObject({ name: "echo", arguments: given });
      for (const { headers: got } of front.requests) {
        expect(got["x-there"]).toBe(source === "executor" ? "the value there" : "the value here");
        expect(got).not.toHaveProperty("x-unset");
      }
    },
  },
  {
    does: "hands an answer over while the web server still writes it, and says of a port where nobody listens whose it is",
    run: async (column) => {
      const server = createHandMadeServer({ respondAs: "sse" });
      const seen = createDeferred<void>();
      server.on("tools/call", async ({ send, params }) => {
        const { progressToken } = params["_meta"] as { progressToken: unknown };
        send({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress: 1 } });
        await seen.promise;
        return '{"content": [{"type": "text", "text": "and the end"}]}';
      });
      await using front = await startHttpFront({ behind: server.handle });
      await using nobody = await holdRefusingPort();
      const url = `http://127.0.0.1:${nobody.port}/mcp`;
      await column.configure({ web: { url: front.url() }, nobody: { url } });
      await withAgent(column, async (agent) => {
        const call = { name: "web__echo", arguments: {}, _meta: { progressToken: "t" } };
        const answer = agent.request("tools/call", call, { timeoutMs: agentPatienceMs });
        await agent.nextMessage(({ method }) => method === "notifications/progress", agentPatienceMs);
        seen.resolve();
        expect(JSON.stringify((await answer).result)).toContain("and the end");
      });
      const refused = await column.fairlead(["tools", "nobody", "--json"]);
      expect(refused.code).toBe(4);
      const { error } = JSON.parse(refused.stderr) as { error: { code: string; message: string } };
      expect(error.code).toBe("unavailable");
      expect(error.message).toContain(`127.0.0.1:${nobody.port}`);
      expect(error.message.includes(`Executor ${column.executor}: `)).toBe(column.line !== undefined);
    },
  },
];
