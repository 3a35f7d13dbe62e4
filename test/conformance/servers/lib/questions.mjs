/** A question for a form. @param fields JSON Schema of its fields, all of which are required */
export function askForm(message, fields) {
  const requestedSchema = { type: "object", properties: fields, required: Object.keys(fields) };
  return { method: "elicitation/create", params: { mode: "form", message, requestedSchema } };
}

/** A question to the model of the client. */
export function askModel(text, maxTokens) {
  const messages = [{ role: "user", content: { type: "text", text } }];
  return { method: "sampling/createMessage", params: { messages, maxTokens } };
}

/** A question for the folders that the client opens to servers. */
export function askRoots() {
  return { method: "roots/list", params: {} };
}

/** Whether an answer to {@link askForm} brought this field as a text. */
export function hasText(answer, field) {
  return typeof answer?.content?.[field] === "string";
}
