import type { RawClient } from "@fairlead/testkit";

let lastId = 0;

/**
 * Sends a tool call that answers late or never, and waits until the server surely has it: a call behind it of the
 * same server was answered.
 * @returns its id
 */
export async function startCall(agent: RawClient, name: string, args: object): Promise<string> {
  lastId += 1;
  const id = `held-${lastId}`;
  await agent.send({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
  const [server] = name.split("__");
  await agent.request("tools/call", { name: `${server}__pid`, arguments: {} });
  return id;
}
