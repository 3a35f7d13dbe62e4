import { openHttpRpc } from "./rpc-http.mjs";
import { openStdioRpc } from "./rpc-stdio.mjs";
import { seededLines } from "./seeded-lines.mjs";

const protocolVersion = "2025-11-25";
const clientInfo = { name: "bench", version: "0" };
const messageChars = 100;
const distinctMessages = 1_024;
let texts;

/**
 * Connects an agent and shakes hands.
 * @param spec `kind` (`stdio` or `http`), `isSdk` for the official client, `argv`/`env`/`cwd` or `url`/`headers`, `tool`
 * @returns `call(text)`, which gives the text that came back, `pid` where a process was started, and `close`
 */
export async function openCalls({ tool, ...spec }) {
  const { callTool, ...rest } = spec.isSdk === true ? await openSdk(spec) : await openLean(spec);
  const call = async (message) => {
    const { content } = await callTool({ name: tool, arguments: { message } });
    return content[0].text;
  };
  return { ...rest, call };
}

/** Calls one after the other, or so many at once, and compares every answer. @returns durations and calls per second */
export async function measureCalls({ call }, { calls, inFlight = 1 }) {
  texts ??= seededTexts();
  const durationsMs = new Float64Array(calls);
  let begun = 0;
  const work = async () => {
    while (begun < calls) {
      const index = begun;
      begun += 1;
      const text = texts[index % texts.length];
      const sentAtMs = performance.now();
      const answer = await call(text);
      durationsMs[index] = performance.now() - sentAtMs;
      if (answer !== `Echo: ${text}`) throw new Error(`Call ${index} was answered with ${answer}`);
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: inFlight }, work));
  return { durationsMs, perSecond: calls / ((performance.now() - startedAtMs) / 1_000) };
}

async function openLean(spec) {
  const rpc = spec.kind === "stdio" ? openStdioRpc(spec) : openHttpRpc(spec);
  await rpc.request("initialize", { protocolVersion, capabilities: {}, clientInfo });
  await rpc.notify("notifications/initialized");
  return { pid: rpc.pid, close: rpc.close, callTool: (params) => rpc.request("tools/call", params) };
}

/** As most agents are built; loaded only where it is measured. */
async function openSdk({ kind, argv = [], env, cwd, url, headers }) {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  // Its one signal collects a listener for each request, and Node would say so each time.
  process.removeAllListeners("warning");
  const [command, ...args] = argv;
  const transport =
    kind === "stdio"
      ? new StdioClientTransport({ command, args, cwd, env: { ...process.env, ...env }, stderr: "ignore" })
      : new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  const client = new Client(clientInfo);
  await client.connect(transport);
  return { pid: transport.pid, close: () => client.close(), callTool: (params) => client.callTool(params) };
}

/** The same texts for everybody. */
function seededTexts() {
  const block = seededLines(distinctMessages, messageChars).toString("latin1");
  return block.split("\n").filter((line) => line !== "");
}
