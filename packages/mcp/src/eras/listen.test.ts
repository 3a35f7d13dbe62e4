import { describe, expect, it } from "vitest";
import {
  buildAcknowledgement,
  buildListenEnd,
  isListenedNotification,
  listenerWants,
  readListenFilter,
  stampSubscription,
} from "./listen.js";

const everything = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
};

describe("readListenFilter", () => {
  it("honours what is asked for and announced, and no more", () => {
    const notifications = {
      toolsListChanged: true,
      promptsListChanged: false,
      resourceSubscriptions: ["x:1"],
      other: 1,
    };
    expect(readListenFilter({ notifications }, everything)).toEqual({
      filter: { toolsListChanged: true, resourceSubscriptions: ["x:1"] },
    });
    expect(readListenFilter({ notifications }, { tools: {}, resources: {} })).toEqual({ filter: {} });
    expect(readListenFilter({ notifications: { resourceSubscriptions: [] } }, everything)).toEqual({
      filter: {},
    });
  });

  it.each([
    undefined,
    {},
    { notifications: [] },
    { notifications: { toolsListChanged: "yes" } },
    { notifications: { resourceSubscriptions: ["a", 1] } },
  ])("refuses %j", (params) => {
    expect(readListenFilter(params, everything)).toMatchObject({ error: { code: -32602 } });
  });
});

it.each([
  ["file:///dir", "file:///dir/a.txt", true],
  ["file:///dir/", "file:///dir/sub/a.txt", true],
  ["file:///dir", "file:///directory", false],
  ["file:///dir/a.txt", "file:///dir", false],
])("a listener to %s is told of a change of %s: %s", (named, uri, isTold) => {
  const filter = { resourceSubscriptions: ["x:1", named] };
  expect(listenerWants(filter, "notifications/resources/updated", uri)).toBe(isTold);
});

it("a listener gets what it wants and nothing else", () => {
  const filter = { toolsListChanged: true, resourceSubscriptions: ["x:1"] } as const;
  const updated = "notifications/resources/updated";
  expect(listenerWants(filter, "notifications/tools/list_changed")).toBe(true);
  expect(listenerWants(filter, "notifications/prompts/list_changed")).toBe(false);
  expect([listenerWants(filter, updated, "x:1"), listenerWants(filter, updated, "x:2")]).toEqual([
    true,
    false,
  ]);
  expect(listenerWants(filter, updated)).toBe(false);
  expect(listenerWants(filter, "notifications/progress")).toBe(false);
  const methods = [
    "notifications/tools/list_changed",
    updated,
    "notifications/message",
    "notifications/progress",
  ];
  expect(methods.map(isListenedNotification)).toEqual([true, true, false, false]);
});

describe("stampSubscription", () => {
  it("puts the id of the listen request into _meta, byte for byte", () => {
    expect(stamp(undefined, '"l"')).toBe('{"_meta":{"io.modelcontextprotocol/subscriptionId":"l"}}');
    expect(stamp('{"uri":"x:1"}', "1.0")).toBe(
      '{"_meta":{"io.modelcontextprotocol/subscriptionId":1.0},"uri":"x:1"}',
    );
    expect(stamp('{"uri":"x:1", "_meta": {"k":1.0}}', "12345678901234567890")).toBe(
      '{"uri":"x:1", "_meta": {"io.modelcontextprotocol/subscriptionId":12345678901234567890,"k":1.0}}',
    );
  });

  it("overwrites the id of another listener, and a _meta that is none", () => {
    expect(stamp('{"_meta":{"io.modelcontextprotocol/subscriptionId":"other"}}', "7")).toBe(
      '{"_meta":{"io.modelcontextprotocol/subscriptionId":7}}',
    );
    expect(stamp('{"_meta":null}', "7")).toBe('{"_meta":{"io.modelcontextprotocol/subscriptionId":7}}');
  });

  it("makes the acknowledgement and the end", () => {
    const id = Buffer.from('"listen:0"');
    expect(JSON.parse(buildAcknowledgement({ toolsListChanged: true }, id).toString())).toEqual({
      _meta: { "io.modelcontextprotocol/subscriptionId": "listen:0" },
      notifications: { toolsListChanged: true },
    });
    expect(JSON.parse(buildListenEnd(id).toString())).toEqual({
      _meta: { "io.modelcontextprotocol/subscriptionId": "listen:0" },
      resultType: "complete",
    });
  });
});

function stamp(raw: string | undefined, id: string): string {
  return stampSubscription(raw === undefined ? undefined : Buffer.from(raw), Buffer.from(id)).toString();
}
