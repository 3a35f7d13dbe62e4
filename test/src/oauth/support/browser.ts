/** What a browser's person does, and what the browser then shows. */
export interface BrowserOptions {
  /** @default "allow" */
  readonly decision?: "allow" | "deny";
  /** Whether it goes to the callback; otherwise its URL is given back, as for pasting. @default true */
  readonly visitsCallback?: boolean;
  /** @default gives up after 20 s */
  readonly signal?: AbortSignal;
}

/** Where a browser ended. */
export interface BrowserEnd {
  /** The callback's URL with its code and state, or where it could not go on. */
  readonly url: string;
  /** Of the page; undefined if the callback was not visited. */
  readonly status: number | undefined;
  readonly body: string;
}

const maxSteps = 20;

/**
 * Plays the person with the browser: follows redirects, keeps cookies, says yes (or no) on the consent page, and ends at the
 * first page of another origin, which is the callback, or at a page without a form.
 */
export async function authorizeInBrowser(
  authorizeUrl: string | URL,
  { decision = "allow", visitsCallback = true, signal = AbortSignal.timeout(20_000) }: BrowserOptions = {},
): Promise<BrowserEnd> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(authorizeUrl);
  const start = new URL(authorizeUrl).href;
  let next: { readonly url: string; readonly form?: URLSearchParams } = { url: start };
  for (let step = 0; step < maxSteps; step += 1) {
    const { url, form } = next;
    const isCallback = new URL(url).origin !== origin;
    if (isCallback && !visitsCallback) return { url, status: undefined, body: "" };
    const response = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      redirect: "manual",
      signal,
      ...(form === undefined ? {} : { body: form }),
      // Nothing of one origin goes to another.
      headers: isCallback
        ? {}
        : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const line of response.headers.getSetCookie()) keepCookie(cookies, line);
    const body = await response.text();
    const location = response.headers.get("location");
    if (location !== null) next = { url: new URL(location, url).href };
    else if (isCallback || !body.includes("<form")) return { url, status: response.status, body };
    else next = submit(url, body, decision);
  }
  throw new Error(`The browser went in circles, lastly at ${next.url}`);
}

/** Plays the person who types the code of a device, and agrees. */
export function approveDevice(
  verificationUriComplete: string,
  options: Pick<BrowserOptions, "decision"> = {},
): Promise<BrowserEnd> {
  return authorizeInBrowser(verificationUriComplete, options);
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const name = pair.slice(0, pair.indexOf("="));
  const isGone = attributes.some((attribute) => /^\s*expires=thu, 01 jan 1970/i.test(attribute));
  if (isGone) cookies.delete(name);
  else cookies.set(name, pair.slice(pair.indexOf("=") + 1));
}

function submit(
  pageUrl: string,
  page: string,
  decision: string,
): { readonly url: string; readonly form: URLSearchParams } {
  const form = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const name = attributeOf(tag, "name");
    if (name !== undefined) form.set(name, attributeOf(tag, "value") ?? "");
  }
  if (page.includes('name="decision"')) form.set("decision", decision);
  if (page.includes('name="abort"') && decision === "deny") form.set("abort", "yes");
  return { url: new URL(attributeOf(page, "action") ?? pageUrl, pageUrl).href, form };
}

function attributeOf(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll("&amp;", "&");
}
