/** A mail server on a real socket (RFC 5321, 3207, 4954), which says what it is told to say. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTls, TLSSocket } from "node:tls";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, as they came. */
  readonly text: string;
  readonly encrypted: boolean;
  /** "user password", when somebody logged in. */
  readonly login: string | null;
}

/** What to say to a command ("RCPT", "EHLO", "." for the end of a message) instead of what it deserves; null: that. */
export type Reply = (command: string, line: string) => string | (() => void) | null;

interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export class MailServer implements AsyncDisposable {
  readonly mails: Mail[] = [];
  readonly commands: string[] = [];
  reply: Reply = () => null;
  greeting: string | null = "220 mail.example ESMTP";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly certificate: Certificate | null;

  private constructor(certificate: Certificate | null, implicit: boolean) {
    this.certificate = certificate;
    const meet = (socket: Socket) => new Session(this, socket, implicit).begin();
    this.#server = implicit && certificate !== null ? createTls(certificate, meet) : createServer(meet);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("tlsClientError", () => {});
  }

  static async open(certificate: Certificate | null = null, implicit = false): Promise<MailServer> {
    const server = new MailServer(certificate, implicit);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

class Session {
  readonly #server: MailServer;
  #socket: Socket;
  #encrypted: boolean;
  #rest = "";
  #login: string | null = null;
  #from = "";
  #to: string[] = [];
  #lines: string[] | null = null;

  constructor(server: MailServer, socket: Socket, encrypted: boolean) {
    this.#server = server;
    this.#socket = socket;
    this.#encrypted = encrypted;
  }

  begin(): void {
    this.#listen(this.#socket);
    if (this.#server.greeting !== null) this.#say(this.#server.greeting);
  }

  #listen(socket: Socket): void {
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => {
      const lines = (this.#rest + data.toString("utf8")).split("\r\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#hear(line);
    });
  }

  #say(line: string): void {
    if (this.#socket.writable) this.#socket.write(`${line}\r\n`);
  }

  #hear(line: string): void {
    if (this.#lines !== null && line !== ".") return void this.#lines.push(line.replace(/^\./, ""));
    const command = line === "." ? "." : line.split(/[ :]/)[0].toUpperCase();
    this.#server.commands.push(command === "AUTH" ? "AUTH" : line);
    const told = this.#server.reply(command, line);
    if (typeof told === "function") return told();
    if (told === "hang up") return void this.#socket.destroy();
    if (told === "silence") return;
    const deserved = told === null ? this.#answer(command, line) : told;
    if (deserved !== "") this.#say(deserved);
  }

  #answer(command: string, line: string): string {
    switch (command) {
      case "EHLO":
        return this.#abilities();
      case "STARTTLS":
        return this.#encrypt();
      case "AUTH":
        return this.#logIn(line);
      case "MAIL":
        [this.#from, this.#to] = [between(line), []];
        return "250 2.1.0 ok";
      case "RCPT":
        this.#to.push(between(line));
        return "250 2.1.5 ok";
      case "DATA":
        this.#lines = [];
        return "354 go on";
      case ".":
        return this.#keep();
      case "QUIT":
        return "221 bye";
      default:
        return "502 5.5.1 not known here";
    }
  }

  #abilities(): string {
    const may = this.#server.certificate !== null && !this.#encrypted ? ["STARTTLS"] : ["AUTH PLAIN LOGIN"];
    return ["mail.example", "8BITMIME", ...may]
      .map((word, i) => `250${i === may.length + 1 ? " " : "-"}${word}`)
      .join("\r\n");
  }

  #encrypt(): string {
    this.#say("220 ready");
    const { certificate } = this.#server;
    const plain = this.#socket;
    plain.removeAllListeners("data");
    this.#socket = new TLSSocket(plain, { isServer: true, ...certificate });
    this.#encrypted = true;
    this.#listen(this.#socket);
    return "";
  }

  #logIn(line: string): string {
    const [, user, password] = Buffer.from(line.split(" ")[2] ?? "", "base64")
      .toString("utf8")
      .split("\0");
    this.#login = `${user} ${password}`;
    return "235 2.7.0 welcome";
  }

  #keep(): string {
    const text = (this.#lines ?? []).join("\n");
    this.#lines = null;
    this.#server.mails.push({ from: this.#from, to: this.#to, text, encrypted: this.#encrypted, login: this.#login });
    return "250 2.0.0 kept";
  }
}

const between = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? "";
