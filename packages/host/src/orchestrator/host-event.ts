import type { FairleadError } from "@fairlead/core";
import type { StartFailure } from "@fairlead/mcp";

/** What happens to servers, for logs and status displays. */
export type HostEvent =
  | { readonly type: "starting"; readonly server: string; readonly executor: string }
  | { readonly type: "ready"; readonly server: string; readonly elapsedMs: number }
  | {
      readonly type: "failed";
      readonly server: string;
      readonly reason: StartFailure;
      readonly error: FairleadError;
    }
  | { readonly type: "cancelled"; readonly server: string }
  | { readonly type: "lost"; readonly server: string; readonly error: FairleadError }
  | { readonly type: "stderr"; readonly server: string; readonly line: string }
  | { readonly type: "warning"; readonly server: string; readonly text: string };

/** Takes events; must not throw. */
export type HostEventHandler = (event: HostEvent) => void;
