import type { CallAnswer } from "@fairlead/mcp";
import type { ServerDefinition } from "../orchestrator/server-definition.js";
import type { ApprovalAnswer } from "./approval-question.js";

/** What a refused call was about. */
export interface RefusedCall {
  readonly server: string;
  /** Raw name. */
  readonly tool: string;
  /** Says in which table of the configuration the server is written about. @default "configured" */
  readonly origin?: ServerDefinition["origin"];
}

/**
 * Answers a call that was not allowed, and never sent. It is a result with `isError` and no JSON-RPC error: agents give
 * such a result to their model, which can go another way, while many take an RPC error for a broken server.
 */
export function refusalResult(call: RefusedCall, answer: ApprovalAnswer): CallAnswer {
  const tool = `The tool ${JSON.stringify(call.tool)} of server "${call.server}"`;
  const result = {
    content: [{ type: "text", text: `${tool} was not called: ${reasonOf(call, answer)}` }],
    isError: true,
    _meta: {
      "fairlead/error": {
        code: "forbidden",
        reason: "policy_denied",
        approval: answer.kind,
        server: call.server,
        tool: call.tool,
      },
    },
  };
  return { kind: "result", result: Buffer.from(JSON.stringify(result)) };
}

function reasonOf({ server, tool, origin = "configured" }: RefusedCall, { kind }: ApprovalAnswer): string {
  switch (kind) {
    case "denied":
      return "the user did not allow it. Do not try it again unless the user asks for it.";
    case "cancelled":
      return "the user closed the question without an answer, which counts as no.";
    case "unaskable":
      return `it needs the user's approval, and this agent cannot ask for it (it lacks the capability "elicitation" with forms). Whoever configures Fairlead can allow it without asking: approval = "approve" under [${tables[origin]}.${server}.tools.${tomlKey(tool)}], or default_approval = "approve" for the server.`;
    default:
      return "the answer to the question for approval could not be understood, which counts as no.";
  }
}

const tables = {
  configured: "mcp_servers",
  connector: "connectors",
  "built-in": "built_ins",
} as const satisfies Record<NonNullable<ServerDefinition["origin"]>, string>;

function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}
