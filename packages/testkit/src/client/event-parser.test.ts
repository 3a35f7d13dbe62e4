import { expect, test } from "vitest";
import { createEventParser, type RawEvent } from "./event-parser.js";

const stream =
  ': hello\nid: 1\nretry: 500\ndata: \n\nevent: message\ndata: {"a":1,\ndata: "b":"x: y"}\r\n\r\ndata:tight\n\nid: 9\ndata: never ended';

test.each([1, 3, stream.length])("cuts a stream into events, %i characters at a time", (step) => {
  const events: RawEvent[] = [];
  const parser = createEventParser((event) => events.push(event));
  for (let from = 0; from < stream.length; from += step) parser.push(stream.slice(from, from + step));
  const none = { id: undefined, event: undefined, retryMs: undefined };
  expect(events).toEqual([
    { ...none, id: "1", data: "", retryMs: 500 },
    { ...none, event: "message", data: '{"a":1,\n"b":"x: y"}' },
    { ...none, data: "tight" },
  ]);
  expect(parser.comments).toBe(1);
});
