import type { Fetch } from "@fairlead/core";

/** Node's own fetch, which knows nothing of policies: what holds with it holds by our own doing. */
export const plainFetch: Fetch = (url, init) => {
  const { policy: _, ...rest } = init ?? {};
  return fetch(url, rest);
};
