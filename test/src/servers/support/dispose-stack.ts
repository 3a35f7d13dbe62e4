/** Things that a suite opened one after the other, to be closed in reverse order. */
export interface DisposeStack extends AsyncDisposable {
  /** Takes something over and gives it back. */
  use<T extends AsyncDisposable>(resource: T): T;
}

/**
 * What `AsyncDisposableStack` will be once every supported Node has it: all are closed even if one fails, and the first
 * failure is thrown at the end.
 */
export function createDisposeStack(): DisposeStack {
  const resources: AsyncDisposable[] = [];
  return {
    use(resource) {
      resources.push(resource);
      return resource;
    },
    [Symbol.asyncDispose]: async () => {
      const failures: unknown[] = [];
      for (const resource of resources.splice(0).toReversed()) {
        try {
          await resource[Symbol.asyncDispose]();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
