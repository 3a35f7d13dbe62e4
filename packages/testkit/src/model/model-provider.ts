import type { ServerResponse } from "node:http";
import { FairleadError } from "@fairlead/core";
import { beginEventStream, sendEvent } from "../http/event-stream.js";
import { startHttpFront } from "../http/http-front.js";
import type { RecordedRequest } from "../http/recorded-request.js";
import { answerEvents, type ModelAnswer } from "./model-answer.js";

/** A question that came to the model, as far as scripts and tests want to know it. */
export interface ModelRequest {
  /** The whole body, parsed. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What the person said last. */
  readonly prompt: string;
  /** Results of the calls that the model wanted, by call id. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly http: RecordedRequest;
}

/**
 * A stand-in for the endpoint of a model provider: `POST /v1/responses` with a stream of events, answered by a script.
 * Everything else is a 404. It listens on this machine only; disposing cuts what is open.
 */
export interface ModelProvider extends AsyncDisposable {
  /** `http://127.0.0.1:port/v1`. */
  readonly url: string;
  /** Every question so far, in order. */
  readonly requests: readonly ModelRequest[];
}

/** What the model says to a question. What it throws becomes a 500 with its text. */
export type ModelScript = (request: ModelRequest) => ModelAnswer | Promise<ModelAnswer>;

/** Starts a model provider on a free port. */
export async function startModelProvider(script: ModelScript): Promise<ModelProvider> {
  const requests: ModelRequest[] = [];
  const front = await startHttpFront({
    behind: async (http, response) => {
      if (http.method !== "POST" || !/\/responses(\?|$)/.test(http.path))
        return refuse(response, 404, "no such path");
      const request = readModelRequest(http);
      requests.push(request);
      try {
        const answer = await script(request);
        beginEventStream(response);
        for (const event of answerEvents(answer, `resp_${requests.length}`)) sendEvent(response, event);
        if (answer !== "held") response.end();
      } catch (error) {
        refuse(response, 500, error instanceof Error ? error.message : String(error));
      }
    },
  });
  return {
    url: front.url("/v1"),
    requests,
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  };
}

/** A script that gives one answer after the other, whatever is asked. @throws FairleadError `usage` when none is left */
export function answersInTurn(...answers: readonly ModelAnswer[]): ModelScript {
  const left = [...answers];
  return () => {
    const answer = left.shift();
    if (answer !== undefined) return answer;
    throw new FairleadError(
      "usage",
      `The script has only ${answers.length} answers, and one more was asked for`,
    );
  };
}

function readModelRequest(http: RecordedRequest): ModelRequest {
  const body = JSON.parse(http.body.toString("utf8")) as Record<string, unknown>;
  const input = (Array.isArray(body["input"]) ? body["input"] : []) as Record<string, unknown>[];
  const said = input.filter(({ type, role }) => type === "message" && role === "user");
  const outputs = new Map<string, string>();
  for (const { type, call_id: callId, output } of input) {
    if (type === "function_call_output") {
      outputs.set(String(callId), typeof output === "string" ? output : JSON.stringify(output));
    }
  }
  return { body, prompt: textOf(said.at(-1)?.["content"]), outputs, http };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts = (Array.isArray(content) ? content : []) as { readonly text?: unknown }[];
  return parts.flatMap(({ text }) => (typeof text === "string" ? [text] : [])).join("");
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const error = { message, type: "server_error", code: null };
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error }));
}
