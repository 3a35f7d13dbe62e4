import {
  DiscoverResultSchema,
  SubscriptionsAcknowledgedNotificationSchema,
  SubscriptionsListenRequestSchema,
  SubscriptionsListenResultSchema,
} from "@modelcontextprotocol/core";
import * as sdk from "@modelcontextprotocol/core/internal";
import { expect, it } from "vitest";
import { logLevels } from "./classify.js";
import { buildDiscoverResult } from "./discover.js";
import { buildAcknowledgement, buildListenEnd } from "./listen.js";
import { metaKeys } from "./meta-keys.js";
import { isRemovedRequest, modernRequestMethods } from "./methods.js";
import { legacyVersions } from "./protocol-versions.js";

it("the SDK reserves the same keys of _meta", () => {
  expect(metaKeys).toEqual({
    protocolVersion: sdk.PROTOCOL_VERSION_META_KEY,
    clientInfo: sdk.CLIENT_INFO_META_KEY,
    clientCapabilities: sdk.CLIENT_CAPABILITIES_META_KEY,
    logLevel: sdk.LOG_LEVEL_META_KEY,
    serverInfo: sdk.SERVER_INFO_META_KEY,
    subscriptionId: sdk.SUBSCRIPTION_ID_META_KEY,
  });
});

it("the SDK knows our legacy revisions and prefers the same one", () => {
  expect(sdk.SUPPORTED_PROTOCOL_VERSIONS).toEqual(expect.arrayContaining([...legacyVersions]));
  expect(sdk.LATEST_PROTOCOL_VERSION).toBe(legacyVersions[0]);
});

it("the SDK knows the same log levels, in the same order", () => {
  expect(sdk.LoggingLevelSchema.options).toEqual([...logLevels]);
});

it("every request of an agent that the SDK knows is either modern, removed, or a task's", () => {
  const methods = sdk.ClientRequestSchema.options.map(
    (option) => [...option.shape.method.values][0] as string,
  );
  const unknown = methods.filter(
    (method) => !isRemovedRequest(method) && !(modernRequestMethods as readonly string[]).includes(method),
  );
  expect(unknown.filter((method) => !method.startsWith("tasks/"))).toEqual([]);
});

it("the SDK accepts what server/discover is answered with, and drops none of it", () => {
  const result = buildDiscoverResult({
    serverInfo: { name: "f", version: "1", title: "F" },
    capabilities: { tools: { listChanged: true }, logging: {}, tasks: {}, resources: { subscribe: true } },
    instructions: "i",
  });
  expect(result["capabilities"]).not.toHaveProperty("tasks");
  expect(DiscoverResultSchema.parse(result)).toEqual(result);
});

it("the SDK accepts our side of subscriptions/listen", () => {
  const id = Buffer.from('"listen:0"');
  const filter = { toolsListChanged: true, resourceSubscriptions: ["x:1"] } as const;
  const acknowledged = {
    method: "notifications/subscriptions/acknowledged",
    params: JSON.parse(buildAcknowledgement(filter, id).toString()) as unknown,
  };
  expect(SubscriptionsAcknowledgedNotificationSchema.parse(acknowledged)).toEqual(acknowledged);
  const end = JSON.parse(buildListenEnd(id).toString()) as unknown;
  expect(SubscriptionsListenResultSchema.parse(end)).toEqual(end);
  const request = { method: "subscriptions/listen", params: { notifications: filter } };
  expect(SubscriptionsListenRequestSchema.parse(request)).toEqual(request);
});
