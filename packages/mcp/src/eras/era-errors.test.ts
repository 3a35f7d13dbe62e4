import { expect, it } from "vitest";
import {
  invalidEnvelopeError,
  missingCapabilityError,
  noEquivalentError,
  removedMethodError,
  unsupportedVersionError,
} from "./era-errors.js";

it("every error says what is wrong in words and for programs", () => {
  expect([
    unsupportedVersionError("2099-01-01"),
    unsupportedVersionError(undefined),
    invalidEnvelopeError("k", "missing"),
    removedMethodError("ping"),
    missingCapabilityError({ elicitation: { url: {} } }),
    noEquivalentError("roots/list", "and no call of it is in flight"),
  ]).toMatchInlineSnapshot(`
    [
      {
        "code": -32022,
        "data": {
          "requested": "2099-01-01",
          "supported": [
            "2026-07-28",
          ],
        },
        "message": "Unsupported protocol version: 2099-01-01. Send 2026-07-28 in _meta, or open another connection with initialize.",
      },
      {
        "code": -32022,
        "data": {
          "supported": [
            "2026-07-28",
          ],
        },
        "message": "The request names no protocol version. Send 2026-07-28 in _meta, or open another connection with initialize.",
      },
      {
        "code": -32602,
        "data": {
          "envelope": {
            "key": "k",
            "problem": "missing",
          },
        },
        "message": "Invalid _meta of a request of protocol revision 2026-07-28: k: missing",
      },
      {
        "code": -32601,
        "data": {
          "fairlead": {
            "method": "ping",
            "protocolVersion": "2026-07-28",
            "reason": "not_in_era",
          },
        },
        "message": "Method not found: ping does not exist in protocol revision 2026-07-28",
      },
      {
        "code": -32021,
        "data": {
          "requiredCapabilities": {
            "elicitation": {
              "url": {},
            },
          },
        },
        "message": "Missing required client capabilities: elicitation",
      },
      {
        "code": -32601,
        "data": {
          "fairlead": {
            "method": "roots/list",
            "protocolVersion": "2026-07-28",
            "reason": "no_equivalent_in_era",
          },
        },
        "message": "roots/list cannot be passed on: the agent speaks MCP 2026-07-28, and no call of it is in flight",
      },
    ]
  `);
});
