import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { connectExecutor, createHost, createLocalLauncher, type ServerDefinition } from "fairlead";

/** The example of docs/library.md. @param print is given what it prints */
export async function runLibraryExample(print: (line: string) => void): Promise<void> {
  // 1. The machines: this one, and a devbox that runs fairlead-executor.
  const { DEVBOX_URL = "grpc://127.0.0.1:7040", DEVBOX_TOKEN } = process.env;
  const here = createLocalLauncher({ defaultCwd: process.cwd() });
  await using devbox = await connectExecutor({
    url: DEVBOX_URL,
    token: DEVBOX_TOKEN,
    clientName: "my-agent",
    clientVersion: "1.0.0",
  });

  // 2. The servers: one here, one on the devbox.
  const settings = {
    required: false,
    startupTimeoutMs: 30_000,
    toolTimeoutMs: 60_000,
    maxMessageBytes: 64 * 1024 * 1024,
    enabledTools: undefined,
    disabledTools: [],
  };
  const servers: ServerDefinition[] = [
    {
      ...settings,
      name: "everything",
      executor: "local",
      prepare: async () => ({
        kind: "stdio",
        launcher: here,
        spec: { program: "npx", args: ["-y", "@modelcontextprotocol/server-everything"] },
      }),
    },
    {
      ...settings,
      name: "files",
      executor: "devbox",
      prepare: async () => ({
        kind: "stdio",
        launcher: devbox.launcher,
        spec: { program: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", "/"] },
      }),
    },
  ];
  await using host = createHost({
    version: "1.0.0",
    servers,
    control: { openLauncher: async () => ({ launcher: here, convention: "posix" }) },
  });

  // 3. An agent: bytes in, bytes out, one JSON-RPC message per line.
  const output = new PassThrough();
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  await using agent = host.connectAgent({ cwd: process.cwd() }, async (bytes) => void output.write(bytes));
  let lastId = 0;
  const send = (message: object) => agent.push(Buffer.from(`${JSON.stringify(message)}\n`));
  const ask = async (method: string, params: object) => {
    lastId += 1;
    send({ jsonrpc: "2.0", id: lastId, method, params });
    for (;;) {
      const message = JSON.parse((await lines.next()).value ?? "{}");
      if (message.id === lastId) return message.result;
    }
  };

  const clientInfo = { name: "my-agent", version: "1.0.0" };
  await ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  send({ jsonrpc: "2.0", method: "notifications/initialized" });
  const { tools } = await ask("tools/list", {});
  print(`${tools.length} tools`);
  const said = await ask("tools/call", { name: "everything__echo", arguments: { message: "hello" } });
  print(said.content[0].text);
  const allowed = await ask("tools/call", { name: "files__list_allowed_directories", arguments: {} });
  print(allowed.content[0].text);
  print(`external context: ${agent.externalContextUsed}`);

  const { sessions } = host.control;
  const { sessionId } = await sessions.create({ program: "cat" });
  const messages = sessions.listen(sessionId);
  await sessions.send({ sessionId, data: "hello\n", closeInput: true });
  for await (const message of messages) {
    if (message.type !== "event") continue;
    if (message.event.type === "output") print(`${message.event.stream}: ${message.event.data ?? "bytes"}`);
    else {
      print(`ended with ${message.event.code}`);
      break;
    }
  }
  await sessions.stop(sessionId);
}
