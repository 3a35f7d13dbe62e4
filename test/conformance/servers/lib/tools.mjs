// What tools/call can do without asking anything. A tool gets its arguments and a context:
// `{ token, notify, log, capabilities, listChanged, closeStream }`.
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { WireError } from "./error.mjs";
import { embedded, redPixel, silence, textBlock, textResult } from "./media.mjs";

/** Pause between two messages of one call, as the runner describes it. */
const pauseMs = 50;

/** Uses more of JSON Schema than most servers do, so that a changed schema would be noticed. */
const fullSchema = JSON.parse(readFileSync(new URL("full-schema.json", import.meta.url), "utf8"));

export const plainTools = {
  test_simple_text: {
    description: "Answers with a text",
    call: () => textResult("This is a simple text response for testing."),
  },
  test_image_content: { description: "Answers with a picture", call: () => ({ content: [redPixel] }) },
  test_audio_content: { description: "Answers with a sound", call: () => ({ content: [silence] }) },
  test_embedded_resource: {
    description: "Answers with a resource",
    call: () => ({
      content: [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
    }),
  },
  test_multiple_content_types: {
    description: "Answers with a text, a picture and a resource",
    call: () => ({
      content: [
        textBlock("Multiple content types test:"),
        redPixel,
        embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
      ],
    }),
  },
  test_error_handling: {
    description: "Always fails",
    call: () => ({ ...textResult("This tool intentionally returns an error for testing"), isError: true }),
  },
  test_tool_with_logging: {
    description: "Logs three messages on its way",
    call: async (_, { log }) => {
      await log("info", "Tool execution started");
      await wait(pauseMs);
      await log("info", "Tool processing data");
      await wait(pauseMs);
      await log("info", "Tool execution completed");
      return textResult("Logged three messages");
    },
  },
  test_logging_tool: {
    description: "Logs one message, to whom asked for messages",
    call: async (_, { log }) => {
      await log("info", "A message for those who asked for it");
      return textResult("Logged, if that was wanted");
    },
  },
  test_tool_with_progress: {
    description: "Tells progress from 0 to 100",
    call: async (_, { token, notify }) => {
      for (const progress of [0, 50, 100]) {
        if (progress > 0) await wait(pauseMs);
        const params = { progressToken: token, progress, total: 100 };
        if (token !== undefined) await notify("notifications/progress", params);
      }
      return textResult("Told progress, if that was wanted");
    },
  },
  test_missing_capability: {
    description: "Works only for a client with sampling",
    call: (_, { capabilities }) => {
      if (capabilities.sampling !== undefined) return textResult("The client has sampling");
      const requiredCapabilities = { sampling: {} };
      throw new WireError(-32021, "This tool needs sampling, which the client has not", {
        requiredCapabilities,
      });
    },
  },
  test_trigger_tool_change: {
    description: "Says that the tools have changed",
    call: async (_, { listChanged }) => {
      await listChanged("tools");
      return textResult("Told");
    },
  },
  test_trigger_prompt_change: {
    description: "Says that the prompts have changed",
    call: async (_, { listChanged }) => {
      await listChanged("prompts");
      return textResult("Told");
    },
  },
  test_reconnection: {
    description: "Closes the stream of its call before the answer, where there is a stream",
    call: async (_, { closeStream }) => {
      closeStream?.();
      await wait(2 * pauseMs);
      return textResult("Answered after the stream was closed");
    },
  },
  test_x_mcp_header: {
    description: "Has an argument that also goes into a header",
    inputSchema: {
      type: "object",
      properties: { region: { type: "string", "x-mcp-header": "Region" } },
    },
    call: ({ region }) => textResult(`region ${region}`),
  },
  json_schema_2020_12_tool: {
    description: "Tool with JSON Schema 2020-12 features",
    inputSchema: fullSchema,
    call: () => textResult("done"),
  },
};
