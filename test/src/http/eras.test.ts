import type { Era } from "@fairlead/mcp";
import type { HttpProgram } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countOf } from "./support/hand-made.js";
import { startSdkV1Server, startSdkV2Server } from "./support/http-servers.js";
import { type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";
import { type FrontedServer, putFront } from "./support/server-cases.js";

interface EraCase {
  readonly name: string;
  readonly start: () => Promise<HttpProgram>;
  /** The eras that it speaks; `auto` must find the newest. */
  readonly speaks: readonly Era[];
}

const cases: readonly EraCase[] = [
  { name: "of SDK v1", start: startSdkV1Server, speaks: ["legacy"] },
  { name: "of both eras", start: () => startSdkV2Server("sessions"), speaks: ["legacy", "modern"] },
  {
    name: "of both eras without state",
    start: () => startSdkV2Server("stateless"),
    speaks: ["legacy", "modern"],
  },
  { name: "of the modern era only", start: () => startSdkV2Server("reject"), speaks: ["modern"] },
];
const eras = ["legacy", "modern"] as const;
const revisions = { legacy: "2025-11-25", modern: "2026-07-28" } as const;

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  describe.each(cases)("a server $name", ({ start, speaks }) => {
    let server: FrontedServer;
    beforeAll(async () => {
      server = await putFront(start());
    });
    afterAll(async () => server?.[Symbol.asyncDispose]());
    const newest = speaks.at(-1) ?? "legacy";

    test("is spoken to in the newest era that both know, which is told", async () => {
      await using reached = await reach(place, server.url);
      expect(reached.connection.initializeResult.protocolVersion).toBe(revisions[newest]);
      expect(reached.eras).toEqual([newest]);
      expect((await reached.tool("echo", { text: "hi" })).content[0]?.text).toBe("hi");
    });

    const unspoken = eras.filter((era) => !speaks.includes(era));

    test.each(speaks)(
      "is spoken to in the %s era where that is wished, and nobody is asked",
      async (protocol) => {
        await using reached = await reach(place, server.url, { protocol });
        expect(reached.connection.initializeResult.protocolVersion).toBe(revisions[protocol]);
        expect((await reached.tool("echo", { text: "hi" })).content[0]?.text).toBe("hi");
        expect(reached.eras).toEqual([]);
      },
    );

    test.each(unspoken)("is refused by name where the %s era is wished", async (protocol) => {
      const failure = await failureOf(reach(place, server.url, { protocol }));
      expect(failure.details["failure"]).toBe("protocol_error");
    });

    test.each(speaks)("is not asked where %s is remembered", async (rememberedEra) => {
      const asked = countOf(server.front, "server/discover");
      await using reached = await reach(place, server.url, { rememberedEra });
      expect((await reached.tool("echo", { text: "hi" })).content[0]?.text).toBe("hi");
      expect(reached.connection.initializeResult.protocolVersion).toBe(revisions[rememberedEra]);
      expect(reached.eras).toEqual([]);
      // The modern era has no other greeting.
      expect(countOf(server.front, "server/discover") - asked).toBe(rememberedEra === "legacy" ? 0 : 1);
    });

    test.each(unspoken)("is found out anew where %s is remembered wrongly", async (rememberedEra) => {
      await using reached = await reach(place, server.url, { rememberedEra });
      expect((await reached.tool("echo", { text: "hi" })).content[0]?.text).toBe("hi");
      expect(reached.eras).toEqual([newest]);
    });
  });
});
