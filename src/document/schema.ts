/**
 * The one schema: what the core reads, closed by what the adapters' registries know. Types, the parser, the JSON Schema
 * for editors, the tables in docs/reference and the words of mistakes all come from here.
 */
import { z } from "zod";
import { gatewaySchema, type GatewayOptions } from "../gateway/options.ts";
import { sourceSchema } from "../metrics/index.ts";
import { notificationsSchema, type Notification } from "../notifiers/index.ts";
import { nameSchema } from "../rollout/name.ts";
import { coreShape, type Spec } from "../rollout/spec.ts";

export const API_VERSION = "serin.dev/v1alpha1";
export const KIND = "Rollout";

/** A document as everything behind the door knows it: typed and complete. */
export interface RolloutDocument extends Spec {
  readonly gateway: GatewayOptions;
  readonly notifications: readonly Notification[];
}

/** The sections of `spec`, each with its own schema. */
export const sections = {
  gateway: gatewaySchema.prefault({}).describe("the gateway of this rollout: where it listens, what it waits for"),
  ...coreShape(sourceSchema),
  notifications: notificationsSchema.default([]).describe("who is told what happens"),
};

export const documentZod = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).describe("the version of this format"),
    kind: z.literal(KIND).describe("what the document is about"),
    metadata: z
      .strictObject({ name: nameSchema.describe("what the rollout is called in commands, messages and addresses") })
      .describe("what it is called"),
    spec: z.strictObject(sections).describe("what is served, what is released, and what it must not do"),
  })
  .meta({
    title: KIND,
    description: "One service, its stable and its canary revision, and how the canary is released.",
  })
  .transform(({ metadata, spec }): RolloutDocument => ({ name: metadata.name, ...spec }));
