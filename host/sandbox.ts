/**
 * From permissions and limits to the exact command line and environment of a task's process.
 *
 * @module
 */

import type { PathSpellings } from "../core/path_spellings.ts";
import { isEverything, permissionFlags, type PermissionSet } from "../core/permissions.ts";
import { type Denied, deniedPaths, deniedReads, deniedWrites, type GrantedPath, withoutDenied } from "./denied.ts";
import { hostOf } from "./foreign_modules.ts";
import { isInstalled } from "./graph_files.ts";
import { listFlags } from "./long_arguments.ts";
import { type Entry, mainModule } from "./main_modules.ts";
import type { ModuleGraph } from "./module_graph.ts";
import { ENTRY, type OwnBundle, PROCESS_MAIN } from "./own_modules.ts";
import { liesIn } from "./paths.ts";
import { tellRequired } from "./required_files.ts";
import type { LimitedProcess } from "./wall/process_limits.ts";
import { isGrantedHost, type WayIn } from "./worker_door.ts";

/** What a process is started for. */
export interface SandboxParams {
  permissions: PermissionSet;
  spellings: PathSpellings;
  /** Where granted paths lead, by how they were written. */
  lookups: ReadonlyMap<string, string>;
  denied: Denied;
  memoryMb: number | null;
  /** See `Profile`. */
  mayQuote: boolean;
  /** Null for a function sent as source. */
  graph: ModuleGraph | null;
  /** How the process gets to its server. */
  way: WayIn;
  /** See `Nonces`. */
  nonce: string | null;
  /** Modules of this package that a process without the bundle loads, by path or by URL. */
  ownModules: ReadonlySet<string>;
  bundle: OwnBundle;
  /** Largest message between server and worker. */
  maxFrameBytes: number;
  /** Of a result. */
  maxResultBytes: number;
  maxResultItems: number;
}

/** A command line and its environment. */
export interface Sandbox {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What stands around the process: a program, with what comes before `deno`. @default {nothing} */
  readonly wall?: readonly string[];
  /** What the process is held to as a whole; it ends with it. @default {nothing} */
  readonly limited?: LimitedProcess | null;
}

const isPath = (module: string) => module.startsWith("/");

/** Where a published package came from: its process must be allowed to import from there, though it is all in the cache. */
const ENTRY_HOST = ENTRY.startsWith("file:") ? null : hostOf(ENTRY);

/** Variables that say how the machine is set up and are no secrets; a task needs env permission to read them. */
const PASSED_ON = ["TZ", "LANG", "SSL_CERT_FILE", "DENO_CERT", "DENO_TLS_CA_STORE", "JSR_URL", "NPM_CONFIG_REGISTRY"];

/** Arguments of `deno` for a task. */
export function sandboxArgs(params: SandboxParams): readonly string[] {
  const { graph, way } = params;
  return [
    "run",
    "--no-prompt",
    "--cached-only",
    "--quiet",
    ...(graph?.project?.resolution ?? ["--no-config"]),
    ...(graph?.lock ?? ["--no-lock"]),
    ...closedSources(params),
    ...permissionsOf(params).flatMap(listFlags),
    ...toldBefore(params),
    ...(params.memoryMb === null ? [] : [`--v8-flags=--max-old-space-size=${params.memoryMb}`]),
    mainModule(entryOf(params), params.nonce),
    way.address,
    way.afterwards.join(","),
    [params.maxFrameBytes, params.maxResultBytes, params.maxResultItems].join(),
    params.mayQuote ? "quotes" : "",
    ...(isForEntryOnly(params) ? [ENTRY_HOST!] : []),
  ];
}

/** The environment of a task with these permissions; `denoDir`: see `deno_dir.ts`. */
export function environmentOf(permissions: PermissionSet, denoDir: string): Readonly<Record<string, string>> {
  const granted = permissions.env === true ? Object.keys(Deno.env.toObject()) : permissions.env;
  const names = new Set([...PASSED_ON, ...granted]);
  // A program name without a path is looked up in PATH.
  if (permissions.run === true || permissions.run.length > 0) names.add("PATH");
  const env: Record<string, string> = {};
  for (const name of names) {
    // The server's key is among these.
    if (name.startsWith("PALPABLE_")) continue;
    const value = valueOf(name);
    if (value !== undefined) env[name] = value;
  }
  return { ...env, DENO_DIR: denoDir, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
}

/** What the task may do, and what its process must: load the module and its own files, reach the server once. */
function permissionsOf(params: SandboxParams): string[] {
  const { permissions, spellings, lookups, denied, graph, way } = params;
  // What it runs is denied nothing; and Deno opens `/proc` only to who is denied nothing.
  if (isEverything(permissions)) return permissionFlags(permissions);
  // Each path that is granted costs a process 4 µs before it begins.
  const own = bundleFor(params)?.files ?? [...params.ownModules].filter(isPath);
  const needed = [...own, ...graph?.files ?? []];
  const places = deniedPaths(denied, needed);
  if (way.denied !== null) places.push(way.denied);
  const grantsOf = (kind: "read" | "write"): readonly GrantedPath[] => {
    const canonical = permissions[kind] === true ? [] : permissions[kind];
    const paths = [...canonical, ...spellings[kind] ?? []];
    return withoutDenied(paths.map((path) => ({ written: path, real: lookups.get(path) ?? path })), places);
  };
  const files = withoutDenied(needed.map((path) => ({ written: path, real: path })), places);
  const [reads, writes] = [grantsOf("read"), grantsOf("write")];
  const allowed = {
    ...permissions,
    read: permissions.read === true || [...[...reads, ...files].map(({ written }) => written), ...way.needs.read],
    write: permissions.write === true || [...writes.map(({ written }) => written), ...way.needs.write],
    run: add(permissions.run, spellings.run ?? []),
    ffi: add(permissions.ffi, spellings.ffi ?? []),
    import: add(permissions.import, [...graph?.hosts ?? [], ...(ENTRY_HOST === null ? [] : [ENTRY_HOST])]),
    net: add(permissions.net, way.needs.net),
  };
  return [
    ...permissionFlags(allowed),
    // What was not granted reads as absent: most packages that look at a variable can do without.
    ...(permissions.env === true ? [] : ["--ignore-env"]),
    ...denyFlag("read", deniedReads(places, reads)),
    ...denyFlag("write", deniedWrites(places, writes)),
    ...denyFlag("net", permissions.net === true || permissions.net.length > 0 ? denied.net() : []),
  ];
}

/** What a process is to run. */
function entryOf(params: SandboxParams): Entry {
  const bundle = bundleFor(params);
  return bundle === null ? { main: ENTRY, imported: PROCESS_MAIN } : { main: bundle.entry, imported: bundle.entry };
}

/**
 * The bundle, where the process runs it. A task that imports this package must find the very classes that its process
 * uses, and would load them anyway.
 */
export function bundleFor({ graph, bundle }: SandboxParams): Extract<OwnBundle, { state: "current" }> | null {
  return bundle.state === "current" && !graph?.sharesModules ? bundle : null;
}

/**
 * What the process is told before its main module runs: of what it may not read not even that it is there, which it
 * could tell by the refusal.
 */
function toldBefore({ graph, nonce, permissions: { read } }: SandboxParams): string[] {
  if (graph === null || graph.required.length === 0) return [];
  const files = new Set(graph.files);
  const required = graph.required.filter(([, , file]) =>
    read === true || files.has(file) || (graph.usesInstalled && isInstalled(file)) ||
    read.some((folder) => liesIn(file, folder))
  );
  return tellRequired(required, nonce).map((module) => `--preload=${module}`);
}

function denyFlag(kind: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`--deny-${kind}=${entries.join(",")}`];
}

/** What happens to be in the cache is out of reach too, unless the module imports from there. */
function closedSources({ permissions, graph }: SandboxParams): string[] {
  const usesRemote = ENTRY_HOST !== null || permissions.import === true || permissions.import.length > 0 ||
    (graph?.hosts.length ?? 0) > 0;
  return [...(graph?.usesNpm ? [] : ["--no-npm"]), ...(usesRemote ? [] : ["--no-remote"])];
}

function add(granted: true | readonly string[], needed: readonly string[]): true | readonly string[] {
  return granted === true ? true : [...granted, ...needed];
}

/** Whether the task itself has no business at the host that the entry module came from. */
function isForEntryOnly({ permissions, graph }: SandboxParams): boolean {
  return ENTRY_HOST !== null && !isGrantedHost(permissions.import, ENTRY_HOST) &&
    !isGrantedHost(graph?.hosts ?? [], ENTRY_HOST);
}

/** Undefined also for what is no name of a variable: a permission may say anything. */
function valueOf(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
