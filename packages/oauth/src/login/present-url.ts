import { isLoopbackHost } from "../discovery/own-addresses.js";
import type { CallbackArrival, CallbackListener } from "./callback-listener.js";
import type { LoginPlace, LoginUi } from "./login-ui.js";
import type { PastedLines } from "./pasted-lines.js";

/** An address that a person's browser has to open. */
export interface UrlPresentation {
  readonly url: string;
  readonly ui: LoginUi;
  readonly place?: LoginPlace | undefined;
  readonly isSilent?: boolean | undefined;
  readonly onUrl?: ((url: string) => void) | undefined;
  readonly listener: CallbackListener;
  readonly pasted: PastedLines;
  /** One that waits already, and only has to be sent on. */
  readonly browser?: CallbackArrival | undefined;
}

/**
 * Brings a person to an address, by opening a browser or telling how. It does not wait: some programs that open browsers end
 * only with them. After `end` nothing more is shown.
 */
export function presentUrl(presentation: UrlPresentation): { end(): void } {
  const { url, ui, place, onUrl, browser } = presentation;
  const isSilent = presentation.isSilent === true;
  let isOver = false;
  onUrl?.(url);
  if (browser?.sendTo(url) === true) return { end: () => {} };
  if (!isSilent) ui.showUrl(url, { isSilent });
  const onResult = (isOpen: boolean): void => {
    if (isOpen || isOver) return;
    if (isSilent) ui.showUrl(url, { isSilent });
    for (const hint of hints(presentation)) ui.tell(hint);
  };
  if (place?.hasDisplay === false) onResult(false);
  else void openBrowser(ui, url).then(onResult, () => onResult(false));
  return {
    end: () => {
      isOver = true;
    },
  };
}

/** Async, so that one that throws at once is one that could not. */
async function openBrowser(ui: LoginUi, url: string): Promise<boolean> {
  return ui.openBrowser(url);
}

/** How somebody whose browser is elsewhere gets its answer here. */
function hints({ listener, place, pasted }: UrlPresentation): string[] {
  const { hostname, port } = new URL(listener.redirectUri);
  const told: string[] = [];
  if (place?.isSsh === true && isLoopbackHost(hostname)) {
    const there = port === "" ? listener.port : port;
    const target = place.sshTarget ?? "user@this-machine";
    told.push(
      `Your browser has to reach port ${there} of this machine. On your own machine run: ` +
        `ssh -L ${there}:127.0.0.1:${listener.port} ${target}`,
    );
  }
  if (pasted.isPossible) {
    told.push("Or, if the browser ends at a page that it cannot open, paste that page's whole address here");
  }
  return told;
}
