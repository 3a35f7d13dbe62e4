import { fileURLToPath } from "node:url";
import type { StdioServerEntry } from "@fairlead/config";
import type { RawResult } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { type ModernRawAgent, openModernRawAgent } from "../eras/support/modern-raw-agent.js";

const program = fileURLToPath(new URL("../eras/fixtures/sdk-v2-stdio-server.mjs", import.meta.url));

function open(settings: Partial<StdioServerEntry>): Promise<ModernRawAgent> {
  const entry: StdioServerEntry = {
    command: process.execPath,
    args: [program, "--modern-only"],
    protocol: "modern",
    ...settings,
  };
  return openModernRawAgent({ servers: { box: entry } }, { capabilities: { elicitation: { form: {} } } });
}

/** The one question of an answer, and the answer to it as the next request carries it. */
function readQuestion(asked: RawResult, content: object): { message: string; more: object } {
  const requests = Object.entries(asked["inputRequests"] as Record<string, { params: { message: string } }>);
  const [[key, { params }] = ["", { params: { message: "none" } }]] = requests;
  const inputResponses = { [key]: { action: "accept", content } };
  return { message: params.message, more: { inputResponses, requestState: asked["requestState"] } };
}

test("a call that was allowed once is not asked about again when the server itself asks for more", async () => {
  await using agent = await open({ default_approval: "prompt" });
  const approval = readQuestion(await agent.callTool("box__ask"), { decision: "allow once" });
  expect(approval.message).toContain('Allow the tool "ask" of server "box"');
  const question = readQuestion(await agent.callTool("box__ask", approval.more), { name: "Ada" });
  expect(question.message).toBe("Who?");
  const result = await agent.callTool("box__ask", question.more);
  expect(JSON.stringify(result)).toContain("Ada");
  expect(result["resultType"]).toBe("complete");
  const again = readQuestion(await agent.callTool("box__ask"), {});
  expect(again.message).toContain("Allow the tool");
});

test("questions of a modern server are answered by policy too", async () => {
  await using agent = await open({ elicitations: "deny" });
  const result = await agent.callTool("box__ask");
  expect(result["resultType"]).toBe("complete");
  expect(JSON.stringify(result["content"])).toContain("decline");
});
