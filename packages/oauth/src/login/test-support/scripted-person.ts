import type { LoginUi } from "../login-ui.js";

/** A person with a browser, who does what a test says. */
export interface ScriptedPerson {
  readonly ui: LoginUi;
  /** Addresses that were shown, not opened. */
  readonly shown: readonly string[];
  readonly told: readonly string[];
  /** Addresses that a browser was opened for. */
  readonly opened: readonly string[];
  /** The page that the browser ended at. */
  lastPage(): Promise<{ readonly status: number; readonly text: string }>;
}

/** What the person's browser does; a rejection or false: there is none. */
export type Browse = (url: string) => Promise<Response | boolean>;

/** Makes one. @param browse default: goes where it is sent, like a browser of somebody who agrees to everything */
export function createPerson(
  browse: Browse = (url) => fetch(url),
  pasted?: AsyncIterable<string>,
): ScriptedPerson {
  const [shown, told, opened]: [string[], string[], string[]] = [[], [], []];
  let page: Promise<Response | boolean> = Promise.reject(new Error("no browser was opened"));
  page.catch(() => {});
  return {
    shown,
    told,
    opened,
    ui: {
      showUrl: (url) => void shown.push(url),
      tell: (text) => void told.push(text),
      openBrowser: async (url) => {
        opened.push(url);
        page = browse(url);
        page.catch(() => {});
        // A browser's program ends while the page still loads.
        const result = await Promise.race([
          page,
          new Promise<true>((resolve) => setImmediate(resolve, true)),
        ]);
        return result !== false;
      },
      pasted,
    },
    lastPage: async () => {
      const response = await page;
      if (typeof response === "boolean") throw new Error("the browser showed nothing");
      return { status: response.status, text: await response.text() };
    },
  };
}
