import { createHandMadeServer, type HttpFront, startHttpFront } from "@fairlead/testkit";
import { expect } from "vitest";
import { expectClean } from "../../failures/support/expect-failure.js";
import { createScene, type Scene } from "../../failures/support/scene.js";

/** A home, and a server that remembers the headers of every request. */
export interface HeaderScene extends AsyncDisposable {
  readonly scene: Scene;
  readonly front: HttpFront;
  /** Calls a server's tool, which must work, without a word. */
  readonly call: (name: string, env?: Readonly<Record<string, string>>) => Promise<void>;
  /** What stood in one header of every request; each request must have had the same. */
  readonly sent: (header: string) => string | undefined;
}

/** Starts one. */
export async function createHeaderScene(): Promise<HeaderScene> {
  const scene = await createScene();
  const front = await startHttpFront({ behind: createHandMadeServer().handle });
  return {
    scene,
    front,
    call: async (name, env = {}) => {
      const result = await scene.fairlead(["call", name, "echo"], { env });
      expectClean(result);
      expect(result).toMatchObject({ code: 0, stderr: "", stdout: "called\n" });
    },
    sent: (header) => {
      const values = new Set(front.requests.map(({ headers }) => headers[header.toLowerCase()]));
      expect(front.requests.length).toBeGreaterThan(1);
      expect(values.size).toBe(1);
      const [value] = values;
      return value === undefined ? undefined : String(value);
    },
    [Symbol.asyncDispose]: async () => {
      await front[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}
