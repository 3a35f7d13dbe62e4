/**
 * The environment of the programs under test: what a program needs to run here, a home of its own, and nothing of the
 * person or machine that runs the suite.
 * @param home becomes `HOME`, so that no profile or configuration of the real one is read
 */
export function testEnvironment(home: string): Record<string, string> {
  const kept = ["PATH", "SystemRoot", "TMPDIR", "TEMP", "LANG"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), HOME: home, USERPROFILE: home };
}
