/**
 * Rewrites a bundle so that V8 compiles what every run of it needs together with the file, and keeps it in the code
 * cache.
 *
 * V8 compiles a function when it is first called, and the cache that Deno makes of a file holds what was compiled
 * before it ran: without more, each process would compile the same hundred functions again. A function expression in
 * parentheses is compiled at once, and so is what initializes a class. So
 *
 *     function f() {}                   becomes   var f = (function f() {});     at the head of the file: it is hoisted
 *     class A { m() {} }                becomes   static { this.prototype.m = (function () {}); }
 *     class A { #m() {} }, this.#m(x)   becomes   static #m = (function () {});  and   A.#m.call(this, x)
 *
 * @module
 */

import {
  type CallExpression,
  type ClassBody,
  type MemberExpression,
  type MethodDefinition,
  type Node,
  parse,
  type Program,
} from "acorn";

/** Text that comes in the place of what is between two offsets. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The end of what begins with this text; of two that begin together the one that ends later is around the other. */
  readonly reach?: number;
}

interface NamedClass {
  readonly name: string;
  readonly body: ClassBody;
}

/**
 * The rewritten text. `isHot` says which functions are worth it, by where they end: each costs the time to read it from
 * the cache, in every process. Left as they are: accessors, constructors, and what lies below the top level.
 */
export function compileEagerly(text: string, isHot: (end: number) => boolean): string {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const functions = program.body.filter((node) => node.type === "FunctionDeclaration").filter(({ end }) => isHot(end));
  const edits = [
    ...functions.map(({ start, end }): Edit => ({ start, end, text: "" })),
    ...classesOf(program).flatMap((named) => classEdits(named, text, isHot)),
  ];
  const hoisted = functions.map(({ id, start, end }) => `var ${id.name} = (${text.slice(start, end)});\n`);
  return hoisted.join("") + apply(text, edits);
}

function classesOf({ body }: Program): NamedClass[] {
  return body.flatMap((node): NamedClass[] => {
    if (node.type === "ClassDeclaration") return [{ name: node.id.name, body: node.body }];
    if (node.type !== "VariableDeclaration") return [];
    return node.declarations.flatMap(({ id, init }) =>
      id.type === "Identifier" && init?.type === "ClassExpression" ? [{ name: id.name, body: init.body }] : []
    );
  });
}

function classEdits({ name, body }: NamedClass, text: string, isHot: (end: number) => boolean): Edit[] {
  return body.body.flatMap((member): Edit[] => {
    if (member.type !== "MethodDefinition" || !isMovable(member, text) || !isHot(member.end)) return [];
    if (member.key.type === "Identifier") {
      const owner = member.static ? "this" : "this.prototype";
      return wrapped(member, `static { ${owner}.${member.key.name} = `, " }");
    }
    if (member.key.type !== "PrivateIdentifier") return [];
    const method = member.key.name;
    const calls = privateCalls(body, method, text);
    return calls === null ? [] : [
      ...wrapped(member, `static #${method} = `, ""),
      ...calls.flatMap((call) => callEdits(call, `${name}.#${method}`)),
    ];
  });
}

/** `super` has its meaning in methods only. */
function isMovable({ kind, computed, start, end }: MethodDefinition, text: string): boolean {
  return kind === "method" && !computed && !/\bsuper\b/.test(text.slice(start, end));
}

function wrapped({ value, start, end }: MethodDefinition, before: string, after: string): Edit[] {
  const head = `${value.async ? "async " : ""}function${value.generator ? "*" : ""} `;
  return [{ start, end: value.start, text: `${before}(${head}` }, { start: end, end, text: `);${after}` }];
}

/** All uses of a private method; null when one of them is no plain call. */
function privateCalls(body: ClassBody, method: string, text: string): CallExpression[] | null {
  const calls: CallExpression[] = [];
  let uses = 0;
  walk(body, (node) => {
    if (isUse(node, method)) uses++;
    if (!isCall(node) || node.optional || !isUse(node.callee, method)) return;
    const { object, property } = node.callee;
    if (text.slice(object.end, property.start) === ".") calls.push(node);
  });
  return uses === calls.length ? calls : null;
}

function isUse(node: Node, method: string): node is MemberExpression {
  if (node.type !== "MemberExpression") return false;
  const { property } = node as MemberExpression;
  return property.type === "PrivateIdentifier" && property.name === method;
}

function isCall(node: Node): node is CallExpression {
  return node.type === "CallExpression";
}

function callEdits({ callee, arguments: args, end }: CallExpression, method: string): Edit[] {
  const { object } = callee as MemberExpression;
  return [
    { start: object.start, end: object.start, text: `${method}.call(`, reach: end },
    { start: object.end, end: args[0]?.start ?? end - 1, text: args.length > 0 ? ", " : "" },
  ];
}

/** Outer nodes first. */
function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const part of Object.values(node).flat()) {
    if (typeof part === "object" && part !== null && typeof part.type === "string") walk(part, visit);
  }
}

function apply(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  const inOrder = edits.toSorted((one, other) => one.start - other.start || (other.reach ?? 0) - (one.reach ?? 0));
  for (const { start, end, text: insert } of inOrder) {
    result += text.slice(at, start) + insert;
    at = end;
  }
  return result + text.slice(at);
}
