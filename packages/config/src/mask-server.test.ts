import { expect, test } from "vitest";
import { maskServer } from "./mask-server.js";

test("hides the values of the environment and nothing else, and leaves the server itself alone", () => {
  const server = { command: "npx", args: ["-y"], env: { TOKEN: "hidden", EMPTY: "" } };
  expect(maskServer(server)).toEqual({ command: "npx", args: ["-y"], env: { TOKEN: "***", EMPTY: "***" } });
  expect(JSON.stringify(maskServer(server))).not.toContain("hidden");
  expect(server.env.TOKEN).toBe("hidden");
  const bare: { command: string; env?: Record<string, string> } = { command: "npx" };
  expect(maskServer(bare)).toEqual({ command: "npx" });
});
