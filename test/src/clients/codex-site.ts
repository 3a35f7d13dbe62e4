import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StdioServerEntry } from "@fairlead/config";
import {
  createTempFolder,
  type ModelProvider,
  type ModelScript,
  modelCall,
  modelMessage,
  startModelProvider,
} from "@fairlead/testkit";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";

/** Codex as a server on an executor, with a model that does as a script says, and a home that knows both. */
export interface CodexSite extends AsyncDisposable {
  readonly home: TestHome;
  readonly model: ModelProvider;
  /** Makes a folder for Codex to work in. */
  makeWorkFolder(): Promise<string>;
}

/** What the model wants to be done when the person says so. Everything else it answers with a message. */
export const prompts = {
  init: "make it a repository",
  patch: "add the greeting",
  sleep: "sleep on it",
  hold: "think for ever",
} as const;

/** What the model says in the end. */
export const lastWords = "That is all.";

/**
 * Starts model and executor and writes the configuration; Codex starts when an agent wants it.
 * @param codex the script that starts Codex
 */
export async function openCodexSite(codex: string): Promise<CodexSite> {
  const stack = createDisposeStack();
  try {
    const model = stack.use(await startModelProvider(script));
    const folder = stack.use(await createTempFolder("fl-codex-"));
    await mkdir(folder.file("home"));
    await writeFile(join(folder.path, "home", "config.toml"), configOf(model));
    const executor = stack.use(await startTestExecutor());
    const entry: StdioServerEntry = {
      command: process.execPath,
      args: [codex, "mcp-server"],
      cwd: folder.path,
      env: { HOME: folder.path, CODEX_HOME: folder.file("home") },
      executor: "devbox",
    };
    const home = stack.use(
      await createTestHome({ servers: { codex: entry }, executors: { devbox: { url: executor.url } } }),
    );
    let made = 0;
    return {
      home,
      model,
      makeWorkFolder: async () => {
        made += 1;
        const path = join(folder.path, `work-${made}`);
        await mkdir(path);
        return path;
      },
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

const commands: Readonly<Record<string, object>> = {
  // Asked for, because it leaves the sandbox; the patch, because the sandbox is read-only.
  [prompts.init]: escalated("git init"),
  [prompts.patch]: {
    cmd: "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: greeting.txt\n+hello\n*** End Patch\nEOF",
  },
  [prompts.sleep]: escalated("echo started > started.txt; sleep 300"),
};

const script: ModelScript = ({ prompt, outputs }) => {
  if (prompt === prompts.hold) return "held";
  const args = commands[prompt];
  const callId = `call_${prompt.replaceAll(" ", "_")}`;
  if (args === undefined || outputs.has(callId)) return [modelMessage(lastWords)];
  return [modelCall("exec_command", args, callId)];
};

function escalated(cmd: string): object {
  return { cmd, sandbox_permissions: "require_escalated", justification: "The test wants it" };
}

function configOf(model: ModelProvider): string {
  return `model = "scripted"
model_provider = "scripted"
approval_policy = "on-request"
sandbox_mode = "read-only"
check_for_update_on_startup = false

[analytics]
enabled = false

[features]
apps = false
plugins = false

[model_providers.scripted]
name = "Scripted"
base_url = "${model.url}"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
supports_websockets = false
`;
}
