/** A host on loopback that has nothing, and remembers what it was asked for. */
export class RecordingHost implements AsyncDisposable {
  /** Method and path of each request. */
  readonly requests: string[] = [];
  /** The `authorization` of each request that had one. */
  readonly authorizations: string[] = [];
  #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      this.requests.push(`${request.method} ${new URL(request.url).pathname}`);
      const authorization = request.headers.get("authorization");
      if (authorization !== null) this.authorizations.push(authorization);
      return new Response("nothing here", { status: 404 });
    });
  }

  /** With a slash at its end. */
  get url(): string {
    return `http://${this.host}/`;
  }

  /** `host:port`. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Variables of this program while it is used. */
export class Variables implements Disposable {
  #before = new Map<string, string | undefined>();

  constructor(variables: Record<string, string>) {
    for (const [name, value] of Object.entries(variables)) {
      this.#before.set(name, Deno.env.get(name));
      Deno.env.set(name, value);
    }
  }

  [Symbol.dispose](): void {
    for (const [name, value] of this.#before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
