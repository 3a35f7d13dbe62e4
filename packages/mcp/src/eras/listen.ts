import { isJsonObject, type JsonObject } from "@fairlead/core";
import { replaceRanges } from "../envelope/build-message.js";
import { findMember, parseRange, sliceRange } from "../envelope/members.js";
import { type MessageId, readMessageId } from "../envelope/message-id.js";
import { addMembers, removalEdits } from "./edit-members.js";
import { eraErrorCodes, type RpcErrorObject } from "./era-errors.js";
import { metaKeys } from "./meta-keys.js";

/** What an agent wants to be told; what it did not ask for it must never be told. */
export interface ListenFilter {
  readonly toolsListChanged?: true;
  readonly promptsListChanged?: true;
  readonly resourcesListChanged?: true;
  /** URIs whose `notifications/resources/updated` are wanted. */
  readonly resourceSubscriptions?: readonly string[];
}

const listKinds = {
  toolsListChanged: { capability: "tools", method: "notifications/tools/list_changed" },
  promptsListChanged: { capability: "prompts", method: "notifications/prompts/list_changed" },
  resourcesListChanged: { capability: "resources", method: "notifications/resources/list_changed" },
} as const;

type ListKind = keyof typeof listKinds;

const listKindNames = Object.keys(listKinds) as ListKind[];

/**
 * Reads what a `subscriptions/listen` request asks for, cut down to what is announced: this is what the agent is
 * acknowledged.
 * @param params the parsed params
 * @param capabilities those that `server/discover` told
 */
export function readListenFilter(
  params: unknown,
  capabilities: JsonObject,
): { readonly filter: ListenFilter } | { readonly error: RpcErrorObject } {
  const asked = isJsonObject(params) ? params["notifications"] : undefined;
  if (!isJsonObject(asked)) return { error: badFilter("params.notifications must be an object") };
  const announces = (name: string, part: string): boolean => {
    const capability = capabilities[name];
    return isJsonObject(capability) && capability[part] === true;
  };
  const wrong = listKindNames.find((kind) => !["undefined", "boolean"].includes(typeof asked[kind]));
  if (wrong !== undefined) return { error: badFilter(`params.notifications.${wrong} must be true or false`) };
  const lists = listKindNames.filter(
    (kind) => asked[kind] === true && announces(listKinds[kind].capability, "listChanged"),
  );
  const uris = asked["resourceSubscriptions"];
  if (uris !== undefined && !isTexts(uris)) {
    return { error: badFilter("params.notifications.resourceSubscriptions must be a list of texts") };
  }
  const canSubscribe = uris !== undefined && uris.length > 0 && announces("resources", "subscribe");
  return {
    filter: {
      ...Object.fromEntries(lists.map((kind) => [kind, true as const])),
      ...(canSubscribe ? { resourceSubscriptions: uris } : {}),
    },
  };
}

/** Tells whether a notification is one that a modern agent gets only if it listens. */
export function isListenedNotification(method: string): boolean {
  return (
    method === "notifications/resources/updated" ||
    listKindNames.some((kind) => listKinds[kind].method === method)
  );
}

/** Tells whether a listener wants this notification. @param uri that of `notifications/resources/updated` */
export function listenerWants(filter: ListenFilter, method: string, uri?: string): boolean {
  if (method === "notifications/resources/updated") {
    return uri !== undefined && isSubscribedTo(filter.resourceSubscriptions ?? [], uri);
  }
  return listKindNames.some((kind) => listKinds[kind].method === method && filter[kind] === true);
}

/**
 * Tells whether whoever named these URIs is told of a change of `uri`: of what it named, and of what lies beneath, which the
 * schema of every revision allows in `notifications/resources/updated`.
 */
export function isSubscribedTo(named: Iterable<string>, uri: string): boolean {
  for (const one of named) {
    if (uri === one || uri.startsWith(one.endsWith("/") ? one : `${one}/`)) return true;
  }
  return false;
}

/** Builds the params of `notifications/subscriptions/acknowledged`, the first thing a listener is told. */
export function buildAcknowledgement(filter: ListenFilter, listenIdRaw: Buffer): Buffer {
  return stampSubscription(Buffer.from(JSON.stringify({ notifications: filter })), listenIdRaw);
}

/**
 * Builds the result of `subscriptions/listen`, which says that we end it in good order. It is never sent while the
 * listener is served, nor after the agent has cancelled it.
 */
export function buildListenEnd(listenIdRaw: Buffer): Buffer {
  return stampSubscription(Buffer.from('{"resultType":"complete"}'), listenIdRaw);
}

/** Marks params with the listener they are for: the id of its request, byte for byte. */
export function stampSubscription(paramsRaw: Buffer | undefined, listenIdRaw: Buffer): Buffer {
  const raw = paramsRaw ?? Buffer.from("{}");
  const meta = findMember(raw, { start: 0, end: raw.length }, "_meta");
  const stamp = Buffer.concat([Buffer.from(`{"${metaKeys.subscriptionId}":`), listenIdRaw, Buffer.from("}")]);
  if (meta === undefined) {
    const open = addMembers(raw, { _meta: 0 });
    const range = findMember(open, { start: 0, end: open.length }, "_meta");
    return range === undefined ? raw : replaceRanges(open, [{ ...range, bytes: stamp }]);
  }
  const known = sliceRange(raw, meta);
  const placed = addMembers(known, { [metaKeys.subscriptionId]: 0 });
  const range = findMember(placed, { start: 0, end: placed.length }, metaKeys.subscriptionId);
  const bytes = range === undefined ? stamp : replaceRanges(placed, [{ ...range, bytes: listenIdRaw }]);
  return replaceRanges(raw, [{ ...meta, bytes }]);
}

/** What can be listened to on a server that announces these capabilities, resources apart. */
export function listenableLists(capabilities: JsonObject): ListenFilter {
  const announced = listKindNames.filter((kind) => {
    const capability = capabilities[listKinds[kind].capability];
    return isJsonObject(capability) && capability["listChanged"] === true;
  });
  return Object.fromEntries(announced.map((kind) => [kind, true as const]));
}

/** The notifications about lists that a filter lets through. */
export function listenedLists(filter: ListenFilter): readonly string[] {
  return listKindNames.filter((kind) => filter[kind] === true).map((kind) => listKinds[kind].method);
}

/** Reads what a server agreed to tell, out of the params of its acknowledgement. */
export function readAcknowledgement(paramsRaw: Buffer): ListenFilter {
  const params = parseRange(paramsRaw);
  const told = isJsonObject(params) ? params["notifications"] : undefined;
  if (!isJsonObject(told)) return {};
  const uris = told["resourceSubscriptions"];
  return {
    ...Object.fromEntries(
      listKindNames.filter((kind) => told[kind] === true).map((kind) => [kind, true as const]),
    ),
    ...(isTexts(uris) ? { resourceSubscriptions: uris } : {}),
  };
}

/** Reads which listener a notification is for: the raw id of its request. */
export function readSubscriptionId(paramsRaw: Buffer): MessageId | undefined {
  const meta = findMember(paramsRaw, { start: 0, end: paramsRaw.length }, "_meta");
  const id = meta === undefined ? undefined : findMember(paramsRaw, meta, metaKeys.subscriptionId);
  return id === undefined ? undefined : readMessageId(sliceRange(paramsRaw, id));
}

/** Takes the mark of {@link stampSubscription} off again, and `_meta` with it if nothing else is there. */
export function unstampSubscription(paramsRaw: Buffer): Buffer {
  const meta = findMember(paramsRaw, { start: 0, end: paramsRaw.length }, "_meta");
  const inMeta =
    meta === undefined ? undefined : removalEdits(paramsRaw, meta, (key) => key === metaKeys.subscriptionId);
  if (inMeta === undefined || inMeta.edits.length === 0) return paramsRaw;
  if (!inMeta.isEmptied) return replaceRanges(paramsRaw, inMeta.edits);
  const whole = removalEdits(paramsRaw, { start: 0, end: paramsRaw.length }, (key) => key === "_meta");
  return replaceRanges(paramsRaw, whole?.edits ?? []);
}

function badFilter(problem: string): RpcErrorObject {
  return { code: eraErrorCodes.invalidParams, message: `Invalid params of subscriptions/listen: ${problem}` };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
