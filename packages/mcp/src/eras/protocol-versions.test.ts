import { expect, it } from "vitest";
import { eraOf, isModernVersion, legacyVersions, negotiateLegacyVersion } from "./protocol-versions.js";

it("revisions from 2026-07-28 on are modern, known or not", () => {
  expect(["2024-11-05", "2025-11-25", "2026-07-27", "2026-07-28", "2027-01-01"].map(eraOf)).toEqual([
    "legacy",
    "legacy",
    "legacy",
    "modern",
    "modern",
  ]);
  expect([isModernVersion("2026-07-28"), isModernVersion("2027-01-01")]).toEqual([true, false]);
});

it("a handshake agrees on a revision that we know, else on our newest with a handshake", () => {
  for (const version of legacyVersions) expect(negotiateLegacyVersion(version)).toBe(version);
  for (const version of ["2026-07-28", "1999-01-01", 7, undefined]) {
    expect(negotiateLegacyVersion(version)).toBe("2025-11-25");
  }
});
