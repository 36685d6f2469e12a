/** The cluster that Serin runs in, as its pod finds it: an address in variables, and a mounted token, certificate and namespace. */
import { request } from "node:https";
import type { Cluster, ClusterAnswer } from "../engine/cluster-secrets.ts";

/** Where every pod has its service account. */
const MOUNTED = "/var/run/secrets/kubernetes.io/serviceaccount";

const PATIENCE_MS = 5000;
/** A secret has at most 1 MiB, and its base64 a third more. */
const LARGEST = 2 * 1024 * 1024;

interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Promise<string>;
}

/** Null outside of a cluster. The files are read for each question: tokens are exchanged while a pod runs. */
export function inCluster({ env, readFile }: World): Cluster | null {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (host === undefined || host === "") return null;
  const folder = env["SERIN_SERVICE_ACCOUNT"] || MOUNTED;
  return {
    namespace: () => readFile(`${folder}/namespace`),
    async get(path) {
      const [token, ca] = await Promise.all([readFile(`${folder}/token`), readFile(`${folder}/ca.crt`)]);
      return asked({ host, port, path, ca, token: token.trim() });
    },
  };
}

interface Question {
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly ca: string;
  readonly token: string;
}

async function asked({ host, port, path, ca, token }: Question): Promise<ClusterAnswer> {
  const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "serin" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  // a new connection each time: there is one question in ten seconds, and the certificate may have been exchanged
  const asking = request({ host, port, path, ca, headers, signal, agent: false });
  return new Promise((resolve, reject) => {
    asking.on("error", (thrown) => reject(signal.aborted ? (signal.reason as Error) : thrown));
    asking.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > LARGEST) response.destroy(new Error("the answer is too large"));
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    asking.end();
  });
}
