/**
 * AWS Signature Version 4, by aws4fetch. Keys are named in the document, or found where AWS's own programs find them
 * (environment, files, roles of instances, containers and pods): by AWS's package for that, which Serin does not bring.
 */
import { AwsV4Signer } from "aws4fetch";
import { z } from "zod";
import { secretSchema, type Secrets } from "../../engine/secrets.ts";
import { asSerinError, SerinError } from "../../errors.ts";
import type { Asked, Prover } from "./asker.ts";

export const regionSchema = z
  .string()
  .regex(/^[a-z0-9-]{2,40}$/, "expected a region such as eu-central-1")
  .describe("the region, e.g. eu-central-1");

export const keysShape = {
  accessKeyId: secretSchema
    .optional()
    .describe("where the access key's id lies; AWS's own places are searched unless said"),
  secretAccessKey: secretSchema.optional().describe("where the secret access key lies"),
  sessionToken: secretSchema.optional().describe("where the session token lies, for keys that are lent"),
};

export const sigV4Schema = z.strictObject({
  region: regionSchema,
  service: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "expected the name of a service such as aps")
    .default("aps")
    .describe("the service that is signed for; aps is Amazon Managed Service for Prometheus"),
  ...keysShape,
});

type Settings = z.output<typeof sigV4Schema>;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

type Chain = () => Promise<Keys>;

export function sigV4Prover(
  settings: Settings,
  deps: { readonly secrets: Secrets; readonly now: () => number },
): Prover {
  const keysOf = keysFrom(settings, deps.secrets);
  return {
    async prove(asked) {
      const keys = await keysOf();
      return {
        headers: await signed(asked, settings, keys, deps.now()),
        hide: [keys.accessKeyId, keys.secretAccessKey, keys.sessionToken ?? ""],
      };
    },
    refused: () => false,
  };
}

async function signed(
  asked: Asked,
  { region, service }: Settings,
  keys: Keys,
  now: number,
): Promise<Record<string, string>> {
  const { url, method, headers, body } = asked;
  const signer = new AwsV4Signer({
    url: url.href,
    method,
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
    region,
    service,
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    datetime: new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
  });
  const proof = Object.fromEntries((await signer.sign()).headers);
  delete proof["host"];
  return proof;
}

function keysFrom({ accessKeyId, secretAccessKey, sessionToken }: Settings, secrets: Secrets): Chain {
  if (accessKeyId === undefined && secretAccessKey === undefined) return ownChain(secrets);
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const message = "accessKeyId and secretAccessKey belong together: say both or neither";
    return () => Promise.reject(new SerinError("SOURCE_FAILED", message));
  }
  return async () => ({
    accessKeyId: await secrets(accessKeyId),
    secretAccessKey: await secrets(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: await secrets(sessionToken) }),
  });
}

/** Named by a variable, so that nobody who builds Serin needs it. */
const PACKAGE: string = "@aws-sdk/credential-providers";

/** AWS's own places: variables first, as AWS's programs look; for all others its package is needed. */
function ownChain(secrets: Secrets): Chain {
  let chain: Chain | null = null;
  return async () => {
    const keys = chain === null ? await keysOfVariables(secrets) : null;
    if (keys !== null) return keys;
    chain ??= await loadChain();
    try {
      return await chain();
    } catch (thrown) {
      throw new SerinError("SOURCE_FAILED", `AWS keys were found nowhere: ${asSerinError(thrown).message}`, {
        cause: thrown,
      });
    }
  };
}

/** Null where they are not set, or a profile is asked for. */
async function keysOfVariables(secrets: Secrets): Promise<Keys | null> {
  const read = (name: string) => secrets({ env: name }).catch(() => undefined);
  const names = ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
  const [profile, accessKeyId, secretAccessKey, sessionToken] = await Promise.all(names.map(read));
  if (profile !== undefined || accessKeyId === undefined || secretAccessKey === undefined) return null;
  return { accessKeyId, secretAccessKey, sessionToken };
}

async function loadChain(): Promise<Chain> {
  try {
    const { fromNodeProviderChain } = (await import(PACKAGE)) as { fromNodeProviderChain: () => Chain };
    return fromNodeProviderChain();
  } catch (cause) {
    throw new SerinError("SOURCE_FAILED", notInstalled, { cause });
  }
}

const notInstalled =
  `AWS keys are searched for by ${PACKAGE}, which is not installed: npm install ${PACKAGE} beside Serin, ` +
  "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or say accessKeyId and secretAccessKey";
