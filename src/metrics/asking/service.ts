/** Services with an API of their own: a name for sentences, keys in headers, answers in JSON of a known shape. */
import type { z } from "zod";
import type { SecretRef } from "../../engine/secrets.ts";
import { SerinError } from "../../errors.ts";
import type { MetricSource } from "../../engine/ports.ts";
import { numberAnswers, spanwise, type Numbers } from "../numbers.ts";
import { answering, type Questions } from "../questions.ts";
import type { MetricSourceDeps } from "../source.ts";
import { parsed, type Asked, type Prover } from "./asker.ts";
import { askerWith, fetchOf, whomOf, type Plain } from "./http.ts";
import { headersProver } from "./proof.ts";
import { messageIn, messageOf } from "./words.ts";

export interface Service {
  readonly whom: string;
  /** The answer's text. Throws SOURCE_FAILED. */
  text(asked: Asked, signal: AbortSignal): Promise<string>;
  /** The answer, if it is of this shape. Throws SOURCE_FAILED. */
  json<S extends z.ZodType>(shape: S, asked: Asked, signal: AbortSignal): Promise<z.output<S>>;
}

export function serviceOf(
  name: string,
  settings: Plain,
  deps: MetricSourceDeps,
  proof: Prover | Readonly<Record<string, SecretRef>>,
): Service {
  const fetch = fetchOf(settings, deps);
  const prover = isProver(proof) ? proof : headersProver(proof, deps.secrets);
  const ask = askerWith(name, settings, { ...deps, fetch }, messageIn, prover);
  const whom = whomOf(name, settings.address);
  return {
    whom,
    text: ask,
    async json(shape, asked, signal) {
      const answer = parsed(await ask(asked, signal), whom);
      const found = shape.safeParse(answer);
      if (found.success) return found.data;
      throw new SerinError("SOURCE_FAILED", `${whom} ${wrong(answer, name)}`);
    },
  };
}

const isProver = (proof: Prover | Readonly<Record<string, SecretRef>>): proof is Prover =>
  typeof proof["prove"] === "function";

function wrong(answer: unknown, name: string): string {
  const said = messageOf(answer);
  return said === null ? `answered with something that is no answer of ${name}` : `did not answer: ${said}`;
}

/** A source whose questions come to numbers of a span. */
export function numberSource(
  whom: string,
  settings: Questions & { readonly interval: number },
  { rollout }: MetricSourceDeps,
  numbers: Numbers,
): MetricSource {
  const source = answering({
    name: whom,
    rollout,
    questions: settings,
    answers: numberAnswers(numbers, textIn(settings)),
  });
  return spanwise(source, settings.interval);
}

const textIn = ({ amounts }: Questions) => (typeof amounts === "string" ? amounts : undefined);
