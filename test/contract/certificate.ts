/** A certificate that nobody vouches for, made afresh by openssl; null where there is no openssl. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function freshCertificate(): { readonly key: string; readonly cert: string } | null {
  const dir = mkdtempSync(join(tmpdir(), "serin-tls-"));
  try {
    const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const about = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
    const made = spawnSync("openssl", ["req", "-x509", "-nodes", ...curve, ...about, "-keyout", key, "-out", cert]);
    return made.status === 0 ? { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") } : null;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
