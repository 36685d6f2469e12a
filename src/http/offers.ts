/** What a message offers to whoever reads it: a page to read on, and links that act while somebody is to decide. */
import type { JournalEntry, Loaded } from "../engine/ports.ts";
import { SerinError } from "../errors.ts";
import type { ActLink } from "../notifiers/index.ts";
import { cutTo, oneLine } from "../notifiers/text.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { LINK_MS, linkVerbs, type Deed, type Links, type LinkVerb } from "./links.ts";
import { acts } from "./pages/acts.ts";
import type { Live } from "./wire.ts";

/** Where a link that acts is opened. */
export const ACT_PATH = "/act";

export interface Offering {
  readonly links: Links;
  /** Where this server is reached; null while nobody knows. */
  readonly base: () => string | null;
  readonly load: (rollout: string) => Promise<Loaded | null>;
  readonly live: (rollout: string) => Promise<Live | null>;
  readonly now: () => number;
}

/** Where a person reads why, for good; what stands in no journal, as a test does, leads to the rollout. */
export function readOn(base: string | null, { rollout, seq }: JournalEntry): string | undefined {
  if (base === null) return undefined;
  return `${base}/rollouts/${rollout}${seq > 0 ? `/why/${seq}` : ""}`;
}

/** Events that ask somebody for a decision. */
const asks = (event: RolloutEvent): boolean =>
  event.type === "paused" || (event.type === "waiting" && (event.for === "approval" || event.for === "evidence"));

const LABEL_CHARACTERS = 60;

/** The links of a notification's messages: nothing where there is nothing to decide, or where it has been decided. */
export const actsFor =
  (offering: Offering) =>
  (by: string) =>
  async ({ seq, rollout, event }: JournalEntry): Promise<readonly ActLink[]> => {
    const { links, load, live, now } = offering;
    const base = offering.base();
    const until = event.at + LINK_MS;
    if (base === null || !asks(event) || !(await links.isOpen({ rollout, seq, until }))) return [];
    const loaded = await load(rollout);
    if (loaded === null || loaded.status.phase !== "paused" || loaded.status.release !== event.release) return [];
    const { spec, status } = loaded;
    const open = acts({ spec, status, live: await live(rollout), now: now() });
    const offered = open.flatMap(({ verb, label }) => {
      const known = linkVerbs.find((one) => one === verb);
      return known === undefined ? [] : [{ verb: known, label: cutTo(oneLine(label), LABEL_CHARACTERS) }];
    });
    const deed = { rollout, release: status.release, step: status.step, seq, until, by };
    return Promise.all(offered.map((one) => linkTo(base, links, deed, one)));
  };

async function linkTo(
  base: string,
  links: Links,
  deed: Omit<Deed, "verb">,
  { verb, label }: { readonly verb: LinkVerb; readonly label: string },
): Promise<ActLink> {
  return { verb, label, url: `${base}${ACT_PATH}/${await links.seal({ ...deed, verb })}` };
}

/** An address that others are told of this server by, without a slash at its end. Throws what it is said to throw. */
export function publicBase(text: string, from: string, code: "USAGE" | "ENVIRONMENT_INVALID"): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new SerinError(code, `${from} is not an address such as https://serin.example.com: ${text}`);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new SerinError(code, `${from} is more than an address: expected https://HOST, perhaps with a path`);
  return url.href.replace(/\/+$/, "");
}
