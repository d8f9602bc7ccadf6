/**
 * The environment of helper programs: a short list. A project's `.npmrc` may name variables, which Deno then puts into
 * requests to the registry that the same file names; of the server's own variables only these can be named at all, and
 * a file that names one of them is refused (see `config_files.ts`).
 *
 * @module
 */

/** How this machine reaches others, and where registries are. */
const PASSED_ON = [
  ...["DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"],
  ...["JSR_URL", "NPM_CONFIG_REGISTRY"],
  ...(Deno.build.os === "windows" ? ["SystemRoot"] : []),
];

/** Where the cache is looked for when nobody says it. */
const PLACES = ["DENO_DIR", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"];

/** No program can listen there: whatever goes out by this proxy fails at once. */
const NOWHERE = "http://127.0.0.1:0";
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/** Set here, or by the shell that starts a helper. */
const SET = ["DENO_NO_UPDATE_CHECK", "NO_COLOR", "PWD", "SHLVL", "_"];

/** Where a helper works. */
export interface HelperPlace {
  /** The server's own cache. */
  denoDir: string;
  /** The `.npmrc` of the server's user counts: the project has none of its own. The two are never put together. */
  usesHome: boolean;
  /** False: it gets nowhere, whatever it tries. */
  mayGoOut: boolean;
}

/** All variables of a helper that deals with a project. */
export function helperEnvironment({ denoDir, usesHome, mayGoOut }: HelperPlace): Record<string, string> {
  const home = usesHome ? ["HOME", "USERPROFILE"] : [];
  return {
    ...given([...PASSED_ON, ...home]),
    // Without the variable, Deno asks the system where the user's home is.
    ...(usesHome ? {} : { HOME: `${denoDir}/palpable/no_home`, USERPROFILE: `${denoDir}/palpable/no_home` }),
    ...(mayGoOut ? {} : { ...Object.fromEntries(PROXIES.map((name) => [name, NOWHERE])), NO_PROXY: "", no_proxy: "" }),
    DENO_DIR: denoDir,
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

/** Variables of a helper that finds out where the server's own cache is. */
export function placesEnvironment(): Record<string, string> {
  return { ...given(PLACES), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
}

/** True for a variable that helpers have: nothing of a project's may name it. */
export function isHelperVariable(name: string): boolean {
  return [...PASSED_ON, ...PLACES, ...PROXIES, ...SET].includes(name);
}

function given(names: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of names) {
    const value = valueOf(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Undefined also where this program may not look. */
function valueOf(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
