import type { ScannedNotification } from "@fairlead/mcp";
import { expect, test } from "vitest";
import type { AgentServer } from "../orchestrator/agent-server.js";
import { createLoginWarnings } from "./login-warnings.js";

function scene(names: readonly string[], offers: ReadonlyMap<string, string> = new Map()) {
  const told: string[] = [];
  const servers = names.map((name) => ({ name }) as AgentServer);
  const pass = ({ line, params }: ScannedNotification, { name }: AgentServer): void => {
    told.push(`${name}: ${params === undefined ? "" : line.subarray(params.start, params.end).toString()}`);
  };
  return { told, warnings: createLoginWarnings({ offers, servers: () => servers, pass }) };
}

const message = (server: string, data: string): string =>
  `${server}: ${JSON.stringify({ level: "warning", logger: `fairlead/${server}`, data })}`;

test("an agent is told of servers that could not be started for want of a login, and of no other failure", () => {
  const { told, warnings } = scene(["a", "b", "c"]);
  warnings.started({
    failed: [
      { server: "a", reason: "login_required", message: "Log in to a" },
      { server: "b", reason: "exited", message: "It ended" },
      { server: "c", reason: "reauthentication_required", message: "Log in to c" },
    ],
  });
  expect(told).toEqual([message("a", "Log in to a"), message("c", "Log in to c")]);
});

test("an agent is told once of a login that a server of its offers, be it known before or later", () => {
  const { told, warnings } = scene(["a", "b"], new Map([["a", "Log in to a"]]));
  warnings.started({ failed: [] });
  warnings.offered("a", "Log in to a");
  warnings.offered("b", "Log in to b");
  warnings.started({ failed: [] });
  warnings.offered("elsewhere", "Log in");
  expect(told).toEqual([message("a", "Log in to a"), message("b", "Log in to b")]);
});
