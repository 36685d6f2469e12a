/**
 * TCP sockets that read into a buffer of ours, and the stretch of memory that everything is written from. One read
 * buffer serves all connections of a worker: what was read is passed on, or copied, before the callback returns, and
 * nothing else is read meanwhile. So an idle connection costs its objects and no memory for bytes.
 */
import { Socket, type OnReadOpts, type SocketConstructorOpts } from "node:net";

/**
 * Called with what was read: bytes[0, length). The bytes are valid until it returns. False stops reading, until
 * `resume()` of the socket.
 */
export type OnRead = (length: number, bytes: Buffer) => boolean;

interface WithHandle {
  _handle?: { useUserBuffer?: unknown } | null;
}

/**
 * The socket of an accepted connection, reading into `buffer` from now on. `net.connect` offers that (`onread`) for
 * outgoing connections only, so the handle is moved into a socket that was made with it. That is the one place that
 * knows something private of Node; where it does not hold (another transport, a later Node) the same callback is fed
 * from "data" events: slower, otherwise the same. The server must have been made with `pauseOnConnect`, so that
 * nothing has been read yet. It does not count what was moved: whoever adopts does.
 */
export function adopt(accepted: Socket, buffer: Buffer, onRead: OnRead): Socket {
  const shell = accepted as Socket & WithHandle;
  const handle = shell._handle;
  if (handle === null || handle === undefined || typeof handle.useUserBuffer !== "function") {
    return listen(accepted, onRead);
  }
  shell._handle = null;
  shell.destroy();
  const options = { handle, allowHalfOpen: true, onread: reading(buffer, onRead) };
  return new Socket(options as unknown as SocketConstructorOpts);
}

/** The same callback on any socket. */
export function listen(socket: Socket, onRead: OnRead): Socket {
  socket.on("data", (chunk: Buffer) => {
    if (!onRead(chunk.length, chunk)) socket.pause();
  });
  return socket.resume();
}

export function reading(buffer: Buffer, onRead: OnRead): OnReadOpts {
  return { buffer, callback: (length, bytes) => onRead(length, bytes as Buffer) };
}

const NOTHING = Buffer.alloc(0);

/** Calls back when all that was written so far has gone to the kernel. */
export function whenFlushed(socket: Socket, callback: () => void): void {
  socket.write(NOTHING, callback);
}

/**
 * Where what goes out is composed, one for all connections: from `at` on there is room. What the kernel does not take
 * at once stays where it is until it does, and composing goes on behind it.
 */
export class Outbox {
  bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Makes room for `size` bytes; where they start. */
  room(size: number): number {
    if (this.at + size > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(this.bytes.length, size));
      this.at = 0;
    }
    return this.at;
  }

  /** Writes what was composed from `at` to `end`; true when the kernel took everything that was written so far. */
  send(socket: Socket, end: number): boolean {
    socket.write(this.bytes.subarray(this.at, end));
    if (socket.writableLength === 0) return true;
    this.at = end;
    return false;
  }
}
