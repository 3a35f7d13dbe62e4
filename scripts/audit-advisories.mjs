import { execFile } from "node:child_process";
import { promisify } from "node:util";

const patienceMs = 30_000;

/**
 * Asks the configured registry for the advisories about these versions.
 * @param {{ name: string, version: string }[]} packages
 * @returns {Promise<{ advisories: { id: string, name: string, severity: string, title: string }[] } | { problem: string }>}
 */
export async function askAdvisories(packages) {
  try {
    const { stdout } = await promisify(execFile)("npm", ["config", "get", "registry"], { shell: true });
    const url = new URL("-/npm/v1/security/advisories/bulk", stdout.trim().replace(/\/*$/, "/"));
    const versions = {};
    for (const { name, version } of packages) (versions[name] ??= []).push(version);
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(versions),
      signal: AbortSignal.timeout(patienceMs),
    });
    if (!response.ok) return { problem: `the registry answers ${response.status}` };
    return { advisories: Object.entries(await response.json()).flatMap(toAdvisories) };
  } catch (error) {
    return { problem: `the registry cannot be asked (${error.cause?.code ?? error.name})` };
  }
}

function toAdvisories([name, list]) {
  return list.map(({ id, severity, title, url }) => ({
    id: url?.split("/").at(-1) ?? String(id),
    name,
    severity,
    title,
  }));
}
