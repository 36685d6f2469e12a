/** Colours for canvases, which know no CSS variables: read from the page, and again when its theme changes. */
import { useEffect, useState } from "react";

export interface Inks {
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly stable: string;
  readonly canary: string;
  readonly good: string;
  readonly bad: string;
  readonly band: string;
  readonly bandEdge: string;
}

/** A variable may hold light-dark(): only an element that wears it knows which. */
function worn(probe: HTMLElement, variable: string): string {
  probe.style.color = `var(${variable})`;
  return getComputedStyle(probe).color;
}

export function inks(): Inks {
  const probe = document.createElement("span");
  // What is on its way to another colour says the old one.
  probe.style.transition = "none";
  document.body.append(probe);
  const of = (variable: string) => worn(probe, variable);
  const canary = of("--accent-fill");
  const found = {
    ink: of("--ink"),
    faint: of("--faint"),
    line: of("--line"),
    stable: of("--stable"),
    canary,
    good: of("--good"),
    bad: of("--bad"),
    band: canary.replace("rgb(", "rgba(").replace(")", ", 0.18)"),
    bandEdge: canary.replace("rgb(", "rgba(").replace(")", ", 0.45)"),
  };
  probe.remove();
  return found;
}

/** Changes with the theme, whoever changed it. */
export function useInks(): string {
  const [theme, setTheme] = useState("");
  useEffect(() => {
    const read = () =>
      setTheme(
        `${document.documentElement.dataset["theme"] ?? "system"} ${window.matchMedia("(prefers-color-scheme: dark)").matches}`,
      );
    read();
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const query = window.matchMedia("(prefers-color-scheme: dark)");
    query.addEventListener("change", read);
    return () => {
      observer.disconnect();
      query.removeEventListener("change", read);
    };
  }, []);
  return theme;
}
