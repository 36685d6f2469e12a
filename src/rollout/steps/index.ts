/** The steps of a release. A step is data in the status; its behaviour is one file and one line in this registry. */
export type Step =
  | { readonly setWeight: { readonly weight: number } }
  | { readonly pause: { readonly forMs: number | null } }
  | { readonly analyze: { readonly forMs: number; readonly atLeastMs: number; readonly early: boolean } }
  | { readonly approve: { readonly note: string } }
  | { readonly mirror: { readonly weight: number } }
  | { readonly end: Record<string, never> };
