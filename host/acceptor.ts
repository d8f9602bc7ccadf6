/**
 * What a listener accepts from: a socket of the runtime's, or one that speaks TLS over what it accepts.
 *
 * @module
 */

import type { Carrier } from "../wire/handshake.ts";
import type { ByteStream } from "../wire/transport.ts";

/** A connection as it was accepted. */
export interface AcceptedConn extends ByteStream {
  readonly remoteAddr: Deno.Addr;
  /** @default {"plain"} */
  readonly carrier?: Carrier;
  setNoDelay?(noDelay?: boolean): void;
  setKeepAlive?(keepAlive?: boolean): void;
  /** TLS was begun: that is dear. */
  readonly isSecuring?: boolean;
  /** Tells whoever cannot be sent a frame yet that there is no room; true when that was so. */
  refuseEarly?(): Promise<boolean>;
}

/** A socket that listens. */
export interface Acceptor {
  readonly addr: Deno.Addr;
  accept(): Promise<AcceptedConn>;
  close(): void;
}
