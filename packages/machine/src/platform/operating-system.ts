import type { PathConvention } from "@fairlead/core";

/** The systems that are told apart; everything else behaves like a plain POSIX system. */
export type OperatingSystem = "linux" | "darwin" | "windows" | "freebsd" | "openbsd" | "other";

/** Names the operating system in our words. @param platform as Node spells it; default: this machine's */
export function operatingSystemOf(platform: NodeJS.Platform = process.platform): OperatingSystem {
  switch (platform) {
    case "linux":
    case "android":
      return "linux";
    case "darwin":
    case "freebsd":
    case "openbsd":
      return platform;
    case "win32":
    case "cygwin":
      return "windows";
    case "aix":
    case "haiku":
    case "netbsd":
    case "sunos":
      return "other";
    default:
      return "other";
  }
}

/** How a system spells its paths. */
export function pathConventionOf(system: OperatingSystem): PathConvention {
  return system === "windows" ? "windows" : "posix";
}
