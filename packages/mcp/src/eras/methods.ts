/** What an agent may ask in the modern era. Methods of neither list are somebody's own and belong to no era. */
export const modernRequestMethods = [
  "server/discover",
  "tools/list",
  "tools/call",
  "prompts/list",
  "prompts/get",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "completion/complete",
  "subscriptions/listen",
] as const;

/** What an agent could ask before and cannot any more. */
const removedRequestMethods = [
  "initialize",
  "ping",
  "logging/setLevel",
  "resources/subscribe",
  "resources/unsubscribe",
  "tasks/list",
  "tasks/result",
] as const;

/** What a modern agent does not expect to be told; what it does is progress, log messages and what it listens to. */
const removedNotificationMethods = [
  "notifications/initialized",
  "notifications/roots/list_changed",
  "notifications/elicitation/complete",
  "notifications/tasks/status",
] as const;

/** Tells whether a method is a request of either era. */
export function isKnownRequest(method: string): boolean {
  return (
    (modernRequestMethods as readonly string[]).includes(method) ||
    isRemovedRequest(method) ||
    isTaskRequest(method)
  );
}

/** Tells whether a request exists in the legacy era only: a modern agent gets "method not found". */
export function isRemovedRequest(method: string): boolean {
  return (removedRequestMethods as readonly string[]).includes(method);
}

/** Tells whether a notification exists in the legacy era only: it is dropped on its way to or from a modern agent. */
export function isRemovedNotification(method: string): boolean {
  return (removedNotificationMethods as readonly string[]).includes(method);
}

/**
 * Tells whether a request is about tasks. Both eras have such methods, partly of the same names, and mean different things
 * by them, so they pass only between peers of one era.
 */
export function isTaskRequest(method: string): boolean {
  return method.startsWith("tasks/");
}
