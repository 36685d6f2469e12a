/**
 * The page behind a link that acts, as HTML that needs no script: what will happen to how many people, and a button. It is
 * made to be opened on a telephone at night.
 */
import { createHash } from "node:crypto";
import { escapeHtml, utc } from "../../notifiers/text.ts";
import type { Act } from "../wire-pages.ts";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; }
.what { font-size: 1.1rem; }
.note { opacity: .75; font-size: .9rem; }
label { display: block; margin-top: 1.5rem; }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; margin-top: .25rem; }
button { font: inherit; font-weight: 600; padding: .75rem 1.5rem; margin-top: 1rem; border: 0; border-radius: .5rem;
  background: #1f5fbf; color: #fff; }
button.back { background: #b3261e; }
`;

/**
 * Nothing from anywhere, no script, framed by nobody (so that nobody is led to press the button unseen), and a form that goes
 * to this server alone (CSP Level 3). The address, which is the credential, is given to no other site.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  // "no-referrer" would make browsers send `Origin: null` with the form (Fetch, append a request Origin header).
  "referrer-policy": "same-origin",
  "x-robots-tag": "noindex, nofollow, noarchive",
  "cache-control": "no-store",
};

function page(title: string, body: readonly string[]): string {
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title><style>${style}</style></head>`,
    `<body><h1>${escapeHtml(title)}</h1>`,
    ...body,
    "</body></html>\n",
  ].join("\n");
}

const paragraph = (text: string, kind = "") => `<p${kind === "" ? "" : ` class="${kind}"`}>${escapeHtml(text)}</p>`;

/** Longest reason that a person may give. */
export const REASON_CHARACTERS = 500;

export interface Asked {
  readonly rollout: string;
  /** Where the rollout stands, in a sentence. */
  readonly stands: string;
  readonly act: Act;
  readonly by: string;
  readonly until: number;
}

/** Asks once more before anything happens. */
export function confirmPage({ rollout, stands, act, by, until }: Asked): string {
  const kind = act.verb === "abort" ? ' class="back"' : "";
  return page(`${rollout}: ${act.label}?`, [
    paragraph(act.consequence, "what"),
    paragraph(stands),
    '<form method="post" action="">',
    `<label>Reason, for the journal<input name="why" maxlength="${REASON_CHARACTERS}" autocomplete="off"></label>`,
    `<button${kind}>${escapeHtml(act.label)}</button>`,
    "</form>",
    paragraph(
      `It will be written down as asked for by a link of ${by}. The link is good until ${utc(until)}, and once.`,
      "note",
    ),
  ]);
}

/** Says how it went, or why nothing can be done. */
export const sayPage = (title: string, ...said: readonly string[]): string =>
  page(
    title,
    said.map((text) => paragraph(text)),
  );
