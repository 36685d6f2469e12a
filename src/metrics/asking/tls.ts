/** TLS with certificates of one's own: whom to believe, and (mutual TLS) what to show. Files are read when they are used. */
import { z } from "zod";
import { SerinError } from "../../errors.ts";

const path = z.string().min(1).max(4096);

export const tlsSchema = z
  .strictObject({
    ca: path.optional().describe("the file with the certificates that are believed, PEM; the system's unless said"),
    cert: path.optional().describe("the file with Serin's own certificate, PEM"),
    key: path.optional().describe("the file with the key of that certificate, PEM"),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("the name that the certificate must show, where not the host's"),
    verify: z.boolean().default(true).describe("false believes any certificate: for tests alone"),
  })
  .refine(
    ({ cert, key }) => (cert === undefined) === (key === undefined),
    "cert and key belong together: say both or neither",
  );

type Tls = z.output<typeof tlsSchema>;
type ReadFile = (path: string) => Promise<string>;

/** A `fetch` that shows and believes these certificates. A rotated file is noticed at the next question. */
export function tlsFetch(tls: Tls, readFile: ReadFile): typeof fetch {
  let made: { readonly of: string; readonly fetch: typeof fetch; readonly close: () => Promise<void> } | null = null;
  return async (input, init) => {
    const files = await filesOf(tls, readFile);
    const of = JSON.stringify(files);
    if (made?.of !== of) {
      const before = made;
      made = { of, ...(await fetchWith(tls, files)) };
      void before?.close();
    }
    return made.fetch(input, init);
  };
}

type Files = Readonly<Partial<Record<"ca" | "cert" | "key", string>>>;

async function filesOf(tls: Tls, readFile: ReadFile): Promise<Files> {
  const named = (["ca", "cert", "key"] as const).flatMap((kind) => {
    const at = tls[kind];
    return at === undefined ? [] : [{ kind, at }];
  });
  const read = named.map(async ({ kind, at }) => [kind, await readOf(at, readFile)] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function readOf(at: string, readFile: ReadFile): Promise<string> {
  try {
    return await readFile(at);
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? "no reason given";
    throw new SerinError("SECRET_MISSING", `the file ${at} cannot be read (${code})`, { cause });
  }
}

async function fetchWith({ serverName, verify }: Tls, files: Files) {
  const undici = await import("undici");
  const agent = new undici.Agent({
    connect: { ...files, rejectUnauthorized: verify, ...(serverName === undefined ? {} : { servername: serverName }) },
  });
  const own = undici.fetch as unknown as (input: unknown, init: unknown) => Promise<Response>;
  const fetch = ((input: unknown, init?: object) =>
    own(input, { ...init, dispatcher: agent })) as typeof globalThis.fetch;
  return { fetch, close: () => agent.close() };
}
