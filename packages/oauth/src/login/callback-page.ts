import type { ServerResponse } from "node:http";

/** What the browser is shown. */
export interface CallbackPage {
  readonly status: number;
  readonly title: string;
  /** One sentence or two, as plain text. */
  readonly text: string;
}

/** Sends a page that needs nothing from anywhere, is kept by nobody, and ends its connection. */
export function sendPage(response: ServerResponse, page: CallbackPage): void {
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(page.title)} · Fairlead</title>
<style>
:root { color-scheme: light dark }
body { font: 17px/1.5 system-ui, sans-serif; max-width: 34em; margin: 18vh auto 0; padding: 0 1.5em }
h1 { font-size: 1.4em; border-left: .25em solid ${page.status === 200 ? "#2a7" : "#c43"}; padding-left: .6em }
p { overflow-wrap: anywhere }
</style>
<h1>${escapeHtml(page.title)}</h1>
<p>${escapeHtml(page.text)}</p>
</html>
`;
  response.writeHead(page.status, {
    ...commonHeaders,
    "content-type": "text/html; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    ...(page.status === 405 ? { allow: "GET" } : {}),
  });
  response.end(body);
}

/** Sends the browser on, to ask its person once more. */
export function sendRedirect(response: ServerResponse, url: string): void {
  response.writeHead(302, { ...commonHeaders, location: url, "content-length": 0 });
  response.end();
}

/** The address of a page holds a code: nothing may keep it or send it on. */
const commonHeaders = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  connection: "close",
};

function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "amp",
    "<": "lt",
    ">": "gt",
    '"': "quot",
    "'": "#39",
  };
  return text.replaceAll(/[&<>"']/g, (character) => `&${names[character]};`);
}
