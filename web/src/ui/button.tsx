/** Buttons: one that is meant, others that are possible, and those that take something away. */
import type { ButtonHTMLAttributes } from "react";

type Kind = "main" | "plain" | "danger" | "quiet";

const kinds: Readonly<Record<Kind, string>> = {
  main: "bg-ink text-ground border-ink hover:opacity-90",
  plain: "bg-surface text-ink border-edge hover:bg-sunken",
  danger: "bg-surface text-bad border-bad hover:bg-bad-wash",
  quiet: "border-transparent text-soft hover:bg-sunken hover:text-ink",
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: Kind;
}

export const buttonClass = (kind: Kind = "plain") =>
  `inline-flex min-h-9 items-center justify-center gap-1.5 rounded-lg border px-3 py-1.5 text-sm font-medium transition-colors disabled:opacity-50 ${kinds[kind]}`;

export function Button({ kind = "plain", className = "", type = "button", ...rest }: Props) {
  return <button type={type} className={`${buttonClass(kind)} ${className}`} {...rest} />;
}
