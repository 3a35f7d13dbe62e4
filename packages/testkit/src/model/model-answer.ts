import type { SentEvent } from "../http/event-stream.js";

/** What a model says in one turn: an item of output that the caller's program acts upon. */
export type ModelItem = Readonly<Record<string, unknown>>;

/** One answer of the model: its items, or `held`, an answer that begins and then never goes on. */
export type ModelAnswer = readonly ModelItem[] | "held";

/** The model speaks. Answers with nothing but messages end a turn. */
export function modelMessage(text: string): ModelItem {
  return {
    type: "message",
    id: `msg_${text.length}`,
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

/** The model wants a function called. @param callId comes back with the function's output */
export function modelCall(name: string, args: object, callId: string): ModelItem {
  return {
    type: "function_call",
    id: `fc_${callId}`,
    call_id: callId,
    name,
    arguments: JSON.stringify(args),
    status: "completed",
  };
}

/**
 * The server-sent events of one answer, in order, as the Responses API streams them.
 * @param id of the response
 */
export function answerEvents(answer: ModelAnswer, id: string): readonly SentEvent[] {
  const created = toEvent({ type: "response.created", response: { id, status: "in_progress", output: [] } });
  if (answer === "held") return [created];
  const usage = {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 1,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 2,
  };
  return [
    created,
    ...answer.flatMap((item, index) => itemEvents(item, index)),
    toEvent({ type: "response.completed", response: { id, status: "completed", output: answer, usage } }),
  ];
}

function itemEvents(item: ModelItem, index: number): readonly SentEvent[] {
  const place = { output_index: index, item_id: item["id"] };
  const pieces = piecesOf(item).map((delta) =>
    toEvent({ type: "response.output_text.delta", ...place, content_index: 0, delta }),
  );
  const begun = item["type"] === "message" ? { ...item, status: "in_progress", content: [] } : item;
  return [
    toEvent({ type: "response.output_item.added", output_index: index, item: begun }),
    ...pieces,
    toEvent({ type: "response.output_item.done", output_index: index, item }),
  ];
}

/** A message comes word by word, so that readers have something to follow. */
function piecesOf(item: ModelItem): readonly string[] {
  const [content] = Array.isArray(item["content"]) ? item["content"] : [];
  const text: unknown = content?.text;
  return typeof text === "string" ? (text.match(/\S+\s*/g) ?? []) : [];
}

function toEvent(data: ModelItem & { readonly type: string }): SentEvent {
  return { event: data.type, data };
}
