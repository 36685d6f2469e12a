/** The document as it was written, to read and to take along; changing it is done where it can be checked. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { useOverview } from "../api/hooks.ts";
import { buttonClass } from "../ui/button.tsx";
import { Command, CopyButton } from "../ui/copy.tsx";
import { Section } from "../ui/section.tsx";
import { Loading } from "../ui/states.tsx";

const route = getRouteApi("/rollouts/$name");

export function DocumentPage() {
  const { name } = route.useParams();
  const { data } = useOverview(name);
  if (data === undefined || data === null) return <Loading what="the document" />;
  const { document } = data.rollout;
  const text = typeof document === "string" ? document : JSON.stringify(document, null, 2);
  return (
    <Section title="As it was written" aside={<Aside name={name} text={text} />}>
      <pre
        className="overflow-x-auto rounded-xl border border-line bg-surface p-4 font-mono text-[13px] leading-relaxed"
        tabIndex={0}
      >
        {text}
      </pre>
      <div className="mt-3 max-w-xl">
        <p className="mb-2 text-sm text-soft">From a file, it is replaced with:</p>
        <Command text={`serin apply ${name}.yaml`} />
      </div>
    </Section>
  );
}

function Aside({ name, text }: { name: string; text: string }) {
  return (
    <span className="flex gap-2">
      <CopyButton text={text} />
      <Link to="/new" search={{ from: name }} className={buttonClass()}>
        Change it
      </Link>
    </span>
  );
}
